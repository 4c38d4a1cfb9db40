// What a person sees in a real terminal, narrow or wide, with and without colour, and what a program gets instead.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { signedInHome } from '../support/sluice.ts'
import { terminal } from '../support/terminal.ts'

const SLUICE = `'${process.execPath}' '${new URL('../../bin/run.js', import.meta.url).pathname}'`
const LONG = 'a-model-with-a-name-that-is-wider-than-any-narrow-terminal'
const MODELS = [
  ['qwen-coder', ['email', 'aws-key', 'card']],
  ['日本語モデル', ['email']],
  ['nimda\u202e\u001b[2J', []],
  [LONG, ['email']],
] as const

/** A home signed in at a gateway that serves models with names of all kinds. */
async function homeWithModels(t: Test, env: Record<string, string> = {}) {
  const models = MODELS.map(([name, mask]) => ({
    name,
    dialect: 'openai-chat',
    mask: { request: mask, reply: [] },
    record: 'metadata',
  }))
  const gateway = createServer((_, response) => response.end(JSON.stringify({ models })))
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
  t.teardown(() => gateway.close())
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`
  const home = await signedInHome(t, url, env)
  const inTerminal = async (command: string, columns: number, more: Record<string, string> = {}) => {
    const run = terminal(t, `${SLUICE} ${command}`, {
      columns,
      cwd: home.folder,
      env: { HOME: home.folder, XDG_STATE_HOME: home.folder, LANG: 'C.UTF-8', ...more },
    })
    t.equal(await run.ended, 0, run.shown())
    return run
  }
  return { home, url, inTerminal }
}

t.test('models: a table where there is room, a block each where there is not', async (t) => {
  const { inTerminal } = await homeWithModels(t)
  const [wide, narrow] = await Promise.all([inTerminal('models', 120), inTerminal('models', 40)])
  t.equal(
    wide.shown(),
    `MODEL                                                       MASKED IN REQUESTS    MASKED IN REPLIES  ON RECORD
qwen-coder                                                  email, aws-key, card  nothing            metadata
日本語モデル                                                email                 nothing            metadata
nimda\\u{202e}\\u{1b}[2J                                      nothing               nothing            metadata
${LONG}  email                 nothing            metadata
  → sluice connect MODEL
`,
  )
  t.equal(
    narrow.shown(),
    `qwen-coder
  masked in requests: email, aws-key,
    card
  masked in replies: nothing
  on record: metadata

日本語モデル
  masked in requests: email
  masked in replies: nothing
  on record: metadata

nimda\\u{202e}\\u{1b}[2J
  masked in requests: nothing
  masked in replies: nothing
  on record: metadata

a-model-with-a-name-that-is-wider-than-…
  masked in requests: email
  masked in replies: nothing
  on record: metadata
  → sluice connect MODEL
`,
  )
})

t.test(
  'a program gets all of it, without colours, whatever the width; and the names stay for completion',
  async (t) => {
    const { home } = await homeWithModels(t)
    const json = home.sluice('models', '--json')
    t.equal(await json.ended, 0)
    t.same(
      JSON.parse(json.stdout()).models.map(({ name }: { name: string }) => name),
      MODELS.map(([name]) => name),
    )
    t.notMatch(json.stdout(), /[\u001b\u202e]/)
    const [piped, completed] = [home.sluice('models'), home.sluice('complete', '2', 'connect', '')]
    t.equal(await piped.ended, 0)
    t.match(piped.stdout(), `\n${LONG}  email `)
    t.notMatch(piped.stdout() + piped.stderr(), '\u001b')
    await completed.ended
    t.match(completed.stdout(), `qwen-coder\tmodel\n日本語モデル\tmodel\n${LONG}\tmodel\n`)
  },
)

t.test('colour where the terminal has it and the user wants it', async (t) => {
  const { inTerminal, home } = await homeWithModels(t)
  const coloured = /\u001b\[\d+m/
  const raw = async (command: string, env: Record<string, string> = {}) =>
    (await inTerminal(command, 80, env)).raw()
  const [plain, noColor, flag, dumb, help] = await Promise.all([
    raw('models'),
    raw('models', { NO_COLOR: '1' }),
    raw('models --no-color'),
    raw('models', { TERM: 'dumb' }),
    raw('models --help', { NO_COLOR: '1' }),
  ])
  t.match(plain, coloured)
  for (const [name, shown] of Object.entries({ noColor, flag, dumb, help })) t.notMatch(shown, coloured, name)
  const forced = (await homeWithModels(t, { FORCE_COLOR: '1', NO_COLOR: '' })).home.sluice('models')
  await forced.ended
  t.match(forced.stdout(), coloured, 'also where it is piped, if forced to')
  const split = await inTerminal('models 2>notes', 80)
  t.match(split.raw(), coloured)
  t.notMatch(
    readFileSync(join(home.folder, 'notes'), 'utf8'),
    coloured,
    'a stream that is no terminal gets none',
  )
})

t.test('a locale without Unicode gets ASCII in place of our own signs', async (t) => {
  const { inTerminal } = await homeWithModels(t)
  for (const env of [{ LANG: 'C' }, { LC_ALL: 'POSIX' }] as Record<string, string>[]) {
    const shown = (await inTerminal('models', 40, env)).shown()
    t.match(shown, 'a-model-with-a-name-that-is-wider-tha...\n')
    t.match(shown, '\n  -> sluice connect MODEL\n')
    t.match(shown, '日本語モデル\n', 'names are what they are')
  }
  t.match((await inTerminal('login --help', 80, { LANG: 'C' })).shown(), "your company's sign-in page")
})

t.test('a reader that goes away is no fault; output that can’t be written is told', async (t) => {
  const { home } = await homeWithModels(t)
  const shell = (script: string) => home.sluiceUnder(['sh', '-c', script])
  const gone = shell(`(${SLUICE} mask --list-detectors; echo ended $? >&2) | true`)
  await gone.ended
  t.equal(gone.stderr(), 'ended 0\n')
  const unheard = shell(`{ ${SLUICE} conect 2>&1; echo ended $? >&3; } 3>&2 | true`)
  await unheard.ended
  t.equal(unheard.stderr(), 'ended 2\n')
  const full = shell(`${SLUICE} mask --list-detectors > /dev/full`)
  t.equal(await full.ended, 74)
  t.equal(
    full.stderr(),
    "Error: The output can't be written (ENOSPC).\n  → Is the disk full that the output goes to?\n",
  )
})
