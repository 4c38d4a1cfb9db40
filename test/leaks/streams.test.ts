// The leak battery, on the way back, streamed: secrets in every channel of every API, cut between events at every place,
// in every spelling, arrive masked, and so do the copies that come after.
import t, { type Test } from 'tap'
import { leaks, MASKED, SAYING, SPELLINGS } from '../support/leaks/secrets.ts'
import { framesOf, type StreamChannel } from '../support/leaks/stream-channel.ts'
import { STREAM_CHANNELS } from '../support/leaks/streams.ts'
import { passed } from '../support/leaks/through.ts'
import { textsOf } from '../support/leaks/texts.ts'

const SHORT = 'to grace.hopper@navy.example.org, 4111 1111 1111 1111.'
const SHORT_MASKED = 'to [EMAIL], [CARD].'

function through({ path }: StreamChannel, chunks: readonly Buffer[]): string {
  const { wire, code } = passed(path, chunks)
  return code === undefined ? wire : `${wire} broke off: ${code}`
}

/** What is said in a channel: the text itself, or JSON with it, spelled as JSON may be. */
function said({ isJson }: StreamChannel, text: string, more: object = {}): string[] {
  if (!isJson) return [text]
  const value = { query: text, ...more }
  return SPELLINGS.map(({ json }) => json(value))
}

function check(t: Test, channel: StreamChannel, wire: string, masked: string, what: string): void {
  const leaked = leaks(wire)
  const heard = channel.heard(framesOf(wire))
  const arrived = channel.isJson
    ? heard.map((text) => textsOf(JSON.parse(text)))
    : heard.map((text) => [text])
  const isRight = arrived.every(
    (texts) => texts.includes(masked) && !texts.some((text) => text.includes('hopper')),
  )
  if (leaked.length > 0) t.fail(`${what} leaks ${leaked.join(' ')}`)
  if (heard.length === 0 || !isRight) t.fail(`${what} does not arrive: ${heard.join(' | ')}`)
}

for (const channel of STREAM_CHANNELS) {
  const title = `${channel.path}, ${channel.name}`

  t.test(`${title}: all secrets, whole, in single units, byte by byte`, (t) => {
    for (const { name, json } of SPELLINGS) {
      for (const text of said(channel, SAYING, { inner: JSON.stringify([{ again: SAYING }]) })) {
        const wire = Buffer.from(channel.frames([text], json).join(''))
        check(t, channel, through(channel, [wire]), MASKED, `${name}, whole`)
        const bytes = [...wire].map((byte) => Buffer.from([byte]))
        check(t, channel, through(channel, bytes), MASKED, `${name}, byte by byte`)
        const units = Buffer.from(channel.frames([...text], json).join(''))
        check(t, channel, through(channel, [units]), MASKED, `${name}, in single units`)
      }
    }
    t.pass('nothing leaked, and all arrived')
    t.end()
  })

  t.test(`${title}: cut in two events at every place`, (t) => {
    for (const text of said(channel, SHORT)) {
      for (let at = 1; at < text.length; at++) {
        const wire = channel.frames([text.slice(0, at), text.slice(at)], JSON.stringify).join('')
        check(t, channel, through(channel, [Buffer.from(wire)]), SHORT_MASKED, `cut at ${at}`)
      }
    }
    t.pass('nothing leaked, and all arrived')
    t.end()
  })
}
