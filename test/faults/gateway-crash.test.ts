// SIGKILL of the real gateway with at least 64 requests in flight, again and again on one store: what the model server
// has heard, what callers were told and what the ledger says after the next start must be one story.
import t, { type Test } from 'tap'
import { site } from '../support/real-gateway.ts'
import { until } from '../support/until.ts'
import { startCallers } from './crash/callers.ts'
import { startModelLog } from './crash/model-log.ts'
import { VerifiedRecord } from './crash/record.ts'
import { Story } from './crash/story.ts'

// Two gateways side by side, since most of a round is one of them starting.
const ROUNDS = 25
const CALLERS = 72
const IN_FLIGHT = 64

// Fifty starts take a while where other tests keep the machine busy.
t.setTimeout(600_000)
t.jobs = 2
for (const store of [1, 2]) {
  t.test(`${ROUNDS} crashes on store ${store}`, { buffered: true }, (t) => crashes(t, store))
}

async function crashes(t: Test, seed: number): Promise<void> {
  const model = await startModelLog()
  t.teardown(() => model.close())
  const at = await site(t, model.url)
  at.configure('roles: { auditor: [engineering] }')
  const origin = `http://127.0.0.1:${at.port}`
  const story = new Story(model.heard)
  const caught = { undecided: 0, unsent: 0, thinking: 0, streaming: 0, ending: 0 }

  let run = await at.start()
  const token = await at.signIn()
  const record = await VerifiedRecord.of(origin)
  story.goOn(await record.readOn(token))

  for (let round = 0; round < ROUNDS; round++) {
    const callers = startCallers(origin, token, CALLERS)
    await until('callers are answered', () => callers.told.decisions.size > 0)
    // From 10 to 500 ms, spread evenly.
    const lives = 10 + (((seed + round) * 0.618_034) % 1) * 490
    await new Promise((resolve) => setTimeout(resolve, lives))
    const inFlight = callers.inFlight()
    callers.expectTheEnd()
    run.child.kill('SIGKILL')
    await run.ended
    await callers.gone

    run = await at.start()
    const fresh = await record.readOn(token)
    const problems = [...story.goOn(fresh), ...story.gaps(callers.told)]
    if (inFlight < IN_FLIGHT) problems.push(`only ${inFlight} requests were in flight`)
    t.same(problems, [], `round ${round}, killed ${Math.round(lives)} ms into its load: one story`)

    const { unsent, thinking, streaming, ending } = story.stages(callers.told, fresh)
    caught.undecided += inFlight - unsent - thinking - streaming - ending
    caught.unsent += unsent
    caught.thinking += thinking
    caught.streaming += streaming
    caught.ending += ending
  }

  t.comment(`${record.size} entries; cut off: ${JSON.stringify(caught)}`)
  for (const stage of ['undecided', 'thinking', 'streaming', 'ending'] as const)
    t.ok(caught[stage] > 0, `some were cut off: ${stage}`)

  const tail = at.home.sluice('audit', 'tail', '--no-follow', '--all', '--json')
  t.equal(await tail.ended, 0, 'the CLI verifies it')
  t.equal(tail.stdout().trim().split('\n').length, record.size, 'all of it')
  run.child.kill('SIGTERM')
  t.equal(await run.ended, 0, 'and in the end it stops in order')
}
