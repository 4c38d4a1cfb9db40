// A company's own detectors, from its sluice.yaml to the model server and the ledger: in small requests, which are read on the
// spot, and in large ones, which threads read.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { site } from '../support/real-gateway.ts'
import { startScriptedUpstream, whole } from '../support/scripted-upstream.ts'

const MASKING = `masking:
  detectors:
    badge: { pattern: 'B-[0-9]{4}', family: personal, examples: { found: [B-1234], not: [B-12] } }
    codename: { words: [Kestrel] }
    project: { words: "\${file:projects.txt}", ignore_case: true }
    patient: { fields: [patient_name], family: personal }
  modes: { card: partial, email: hash }
  hash_key: \${file:hash.key}
`

t.test('own detectors and modes hold at the gateway, for requests of any size', async (t) => {
  const upstream = await startScriptedUpstream(({ socket, body }) => {
    // It says what it was told.
    const { messages } = JSON.parse(body) as { messages: { content: string }[] }
    const message = { role: 'assistant', content: messages.at(-1)?.content }
    const reply = {
      id: 'c',
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
    }
    socket.write(whole(200, 'application/json', JSON.stringify(reply)))
  })
  t.teardown(() => upstream.close())
  const gateway = await site(t, upstream.url, {
    mask: ['badge', 'codename', 'project', 'patient', 'card', 'email'],
  })
  writeFileSync(join(gateway.home.folder, 'projects.txt'), 'Bluebird\nNight Owl\n')
  writeFileSync(join(gateway.home.folder, 'hash.key'), 'a key of sixteen or more\n')
  gateway.configure(MASKING)
  const check = gateway.home.sluice('gateway', 'check')
  t.equal(await check.ended, 0, check.stderr())
  t.match(
    check.stdout(),
    /OWN DETECTOR +FAMILY +FINDS\nbadge +personal +a pattern\ncodename +secrets +1 word\nproject +secrets +2 words\npatient +personal +fields patient_name\n/,
  )

  const running = await gateway.start()
  const token = await gateway.signIn()
  const ask = async (content: string): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${gateway.port}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] }),
    })
    const told = await response.text()
    t.equal(response.status, 200, told)
    return (JSON.parse(told) as { choices: [{ message: { content: string } }] }).choices[0].message.content
  }
  const names = new Set<string | undefined>()
  for (const filler of ['', ` ${'x '.repeat(8192)}`]) {
    const text = await ask(`B-1234 on night owl: ada@example.com, 4111 1111 1111 1111${filler}`)
    t.match(text, /^\[BADGE\] on \[PROJECT\]: \[EMAIL:[0-9a-f]{15}\], \*\*\*\* 1111/)
    names.add(/EMAIL:([0-9a-f]+)/.exec(text)?.[1])
    const json = await ask(JSON.stringify({ patient_name: 'Ada', filler }))
    t.same(JSON.parse(json), { patient_name: '[PATIENT]', filler })
    const prose = await ask(`Here it is:\n{"patient_name": "Ada"}${filler}`)
    t.equal(prose, `Here it is:\n{"patient_name": "[PATIENT]"}${filler}`)
  }
  t.equal(names.size, 1, 'one value, one name, whoever reads it')
  const offline = gateway.home.sluice('mask', '--policy', 'sluice.yaml')
  offline.child.stdin?.end('ada@example.com')
  t.equal(await offline.ended, 0, offline.stderr())
  t.equal(offline.stdout(), `[EMAIL:${[...names][0]}]`, 'offline, too')

  running.child.kill('SIGTERM')
  await running.ended
  const decisions = (await gateway.entries()).filter(({ kind }) => kind === 'decision')
  const found = { badge: 1, card: 1, email: 1, project: 1 }
  const patient = { findings: { patient: 1 }, channels: { text: { patient: 1 } } }
  const text = { findings: found, channels: { text: found } }
  t.match(decisions, [text, patient, patient, text, patient, patient])
})
