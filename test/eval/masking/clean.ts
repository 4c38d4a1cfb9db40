// Clean text: what is masked in it is lost for nothing.
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { detectors } from '../../../src/masking/catalogue.ts'
import { createMasker } from '../../../src/masking/engine.ts'
import { SENTENCES } from './sentences.ts'

interface Clean {
  readonly name: string
  readonly texts: number
  /** Texts in which anything was masked. */
  readonly altered: number
  readonly characters: number
  readonly changed: number
  /** By detector, most first: how many finds. */
  readonly by: readonly (readonly [detector: string, count: number])[]
}

const root = fileURLToPath(new URL('../../../', import.meta.url))
const LONGEST = 100_000
const LEAST = 200

/** What all detectors together change of sentences, of packages' documentation, and of their sources. */
export function cleanText(): readonly Clean[] {
  return [
    measure('sentences', SENTENCES),
    measure(
      'documentation',
      files('node_modules/*/README.md', 'node_modules/@*/*/README.md', 'docs/decisions/*.md'),
    ),
    measure(
      'code',
      files(
        'node_modules/{kysely,zod,undici,pino,yaml,oidc-provider}/**/*.{js,mjs}',
        'src/{audit,base,cli,dialects,policy,tunnel}/**/*.ts',
      ),
    ),
  ]
}

function files(...patterns: readonly string[]): readonly string[] {
  const paths = [...new Set(patterns.flatMap((pattern) => globSync(pattern, { cwd: root })))].sort()
  return paths
    .map((path) => readFileSync(`${root}${path}`, 'utf8').slice(0, LONGEST))
    .filter((text) => text.length >= LEAST)
}

function measure(name: string, texts: readonly string[]): Clean {
  const masker = createMasker(detectors.map((detector) => detector.name))
  const counts = new Map<string, number>()
  let changed = 0
  let altered = 0
  for (const text of texts) {
    const { edits, findings } = masker.mask(text)
    if (edits.length > 0) altered++
    for (const { start, end } of edits) changed += end - start
    for (const { detector, start, end } of findings) {
      counts.set(detector, (counts.get(detector) ?? 0) + 1)
      if (process.argv.includes('--misses'))
        process.stdout.write(
          `masked  clean ${name} ${detector}: ${JSON.stringify(text.slice(Math.max(0, start - 30), end + 5))}\n`,
        )
    }
  }
  const characters = texts.reduce((sum, text) => sum + text.length, 0)
  return {
    name,
    texts: texts.length,
    altered,
    characters,
    changed,
    by: [...counts].sort((a, b) => b[1] - a[1]),
  }
}
