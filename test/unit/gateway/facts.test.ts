// What a request is told that names a model which is not served to its caller.
import t from 'tap'
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts'
import { servedModel } from '../../../src/gateway/facts.ts'
import type { GatewayParts } from '../../../src/gateway/parts.ts'
import { createPolicy } from '../../../src/policy/policy.ts'
import type { Caller } from '../../../src/terms/subject.ts'

const nothing = { request: [], reply: [] }
const names = ['qwen-coder', 'llama3:8b', 'payroll']
const parts = {
  models: new Map(names.map((name) => [name, { name, dialects: [openaiChat] }])),
  policy: createPolicy([
    { name: 'all', models: ['qwen-coder', 'llama3:8b'], groups: ['*'], mask: nothing, detectors: nothing },
  ]),
} as unknown as GatewayParts
const caller = { subject: { id: 'sub_1', groups: [] } } as unknown as Caller

const told = (name: string): string => {
  try {
    return servedModel(parts, caller, openaiChat, name).name
  } catch (error) {
    return (error as Error).message
  }
}

t.test('the nearest of those that the caller may use is named', async (t) => {
  t.equal(told('qwen-coder'), 'qwen-coder')
  const served = 'Served to you: qwen-coder, llama3:8b.'
  t.equal(told('qwen-codr'), `No such model here; did you mean qwen-coder? ${served}`)
  t.equal(told('llama3-8b'), `No such model here; did you mean llama3:8b? ${served}`)
  t.equal(told('gpt-5'), `No such model here. ${served}`)
  t.equal(told('payrol'), `No such model here. ${served}`, 'what is not served to the caller is not told')
  t.equal(told('q'.repeat(1_000_000)), `No such model here. ${served}`)
})
