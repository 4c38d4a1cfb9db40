// Every command there is: what all of them share, examples that work, and the page that tells of them.
import { Config, Parser } from '@oclif/core'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readCommandLine } from '../../src/cli/command-line.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const config = await Config.load(root)

t.ok(config.commands.length >= 15)
for (const { id } of config.commands) {
  t.test(`sluice ${id.replaceAll(':', ' ')}`, async (t) => {
    const command = await config.findCommand(id, { must: true }).load()
    const flags = { ...command.baseFlags, ...command.flags }
    for (const name of ['json', 'quiet', 'no-color']) t.equal(flags[name]?.type, 'boolean', `--${name}`)
    for (const [name, { description = '', summary = description }] of Object.entries(flags))
      t.match(summary, /^[A-Z].*[.\]]$/, `--${name} says what it does, in a sentence`)
    for (const [name, { description = '' }] of Object.entries(command.args))
      t.match(description, /^[A-Z].*[.)]$/, `${name} too`)
    t.match(command.summary, /^[A-Z].*\.$/)

    const examples = (command.examples ?? []) as string[]
    t.ok(examples.length > 0, 'it has an example')
    for (const example of examples) {
      const [, line = ''] = /sluice ([^|<>)]*)/.exec(example.replaceAll('<%= config.bin %>', 'sluice')) ?? []
      const { id: meant, args, help } = readCommandLine(line.trim().split(/\s+/), config)
      t.same([meant, help], [id, false], example)
      const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
      await t.resolves(Parser.parse(own, { flags, args: command.args, strict: command.strict }), example)
    }
  })
}

t.test('the manifest and docs/commands.md are up to date (npm run manifest)', async (t) => {
  const { status, stderr } = spawnSync(process.execPath, [`${root}scripts/manifest.js`, '--check'], {
    encoding: 'utf8',
  })
  t.same([status, stderr], [0, ''])
})
