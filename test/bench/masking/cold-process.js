// A fresh process: from its start to the first masked text, then the first megabyte. Prints both as JSON. Plain JavaScript:
// to compile this file would take longer than much of what it measures.
import { readFileSync } from 'node:fs'

const dist = new URL('../../../dist/masking/', import.meta.url)
const { maskerOf, createMasker } = await import(`${dist.href}engine.js`)
const { builtIn } = await import(`${dist.href}catalogue.js`)
const [path, which] = process.argv.slice(2)
const masker =
  which === 'enlarged'
    ? maskerOf((await import('../../support/masking-catalogue.ts')).enlarged)
    : createMasker(builtIn.resolve(['all']))
const { text } = masker.mask('Write to ada@example.com today.')
const first = performance.now()
if (text !== 'Write to [EMAIL] today.') throw new Error(text)

const megabyte = readFileSync(path ?? '', 'utf8')
const start = performance.now()
const stream = masker.open('text')
for (let at = 0; at < megabyte.length; at += 65_536) stream.write(megabyte.slice(at, at + 65_536))
stream.end()
const took = performance.now() - start
process.stdout.write(JSON.stringify({ first, megabyte: megabyte.length / 1e3 / took }))
