import t from 'tap'
import { bringsKey, keyInTarget, keyOfModel, newKey, proofOf } from '../../../src/tunnel/key.ts'

t.test('each model at each gateway has a key of its own, always the same', async (t) => {
  const key = keyOfModel('secret', 'https://gw.example', 'qwen-coder')
  t.match(key, /^sk-sluice-[\w-]{43}$/)
  t.equal(keyOfModel('secret', 'https://gw.example', 'qwen-coder'), key)
  const others = [
    keyOfModel('another', 'https://gw.example', 'qwen-coder'),
    keyOfModel('secret', 'https://gw2.example', 'qwen-coder'),
    keyOfModel('secret', 'https://gw.example', 'llama'),
    keyOfModel('secret', 'https://gw.example/qwen', '-coder'),
    newKey(),
    newKey(),
  ]
  t.equal(new Set([key, ...others]).size, 7)
})

t.test('a proof is good for one challenge at one port, and is no key', async (t) => {
  const key = newKey()
  const proof = proofOf(key, 4141, 'challenge')
  t.not(proofOf(key, 4142, 'challenge'), proof)
  t.not(proofOf(key, 4141, 'another'), proof)
  t.notOk(bringsKey({ authorization: `Bearer ${proof}` }, key))
  t.notOk(key.includes(proof))
})

t.test('no key is brought by an empty one', async (t) => {
  for (const headers of [{}, { authorization: 'Bearer ' }, { 'x-api-key': '' }])
    t.notOk(bringsKey(headers, newKey()), JSON.stringify(headers))
})

t.test('a key before the path is taken off it, whoever’s it is', async (t) => {
  const key = newKey()
  t.same(keyInTarget(`/${key}/api/chat?a=/b`), { target: '/api/chat?a=/b', inTarget: key })
  t.same(keyInTarget(`/${key}`), { target: '/', inTarget: key })
  t.same(keyInTarget(`/${key}/`), { target: '/', inTarget: key })
  t.same(keyInTarget(`/${key}?a`), { target: '/?a', inTarget: key })
  t.same(keyInTarget('/sk-sluice-%41/api/chat'), { target: '/api/chat', inTarget: 'sk-sluice-%41' })
  t.ok(bringsKey({}, key, key))
  t.notOk(bringsKey({}, key, `${key}x`))
  for (const target of [
    '/',
    '/api/chat',
    `/api/${key}/chat`,
    `/api/chat?key=/${key}/`,
    `//${key}/api/chat`,
    '',
    '*',
  ])
    t.same(keyInTarget(target), { target }, target)
})
