import t from 'tap'
import { askedFor, isServed, spokenAt } from '../../../src/tunnel/apis.ts'

t.test('what a request asks for, as entries name it', async (t) => {
  const asked: [method: string, path: string, operation: string, discovery?: true][] = [
    ['POST', '/v1/chat/completions', 'chat'],
    ['POST', '/chat/completions', 'chat'],
    ['POST', '/v1/responses', 'responses'],
    ['POST', '/v1/messages', 'messages'],
    ['POST', '/v1/messages/count_tokens', 'count-tokens'],
    ['POST', '/api/chat', 'chat'],
    ['POST', '/api/generate', 'generate'],
    ['GET', '/v1/models', 'models', true],
    ['GET', '/v1/models/m', 'models/m', true],
    ['POST', '/api/show', 'show', true],
    ['GET', '/api/tags', 'tags', true],
    ['POST', '/v1/embeddings', 'embeddings'],
    ['GET', '/v1/responses/resp_1', 'responses/resp_1'],
    ['POST', '/api/v1/whoami', 'v1/whoami'],
  ]
  for (const [method, path, operation, discovery] of asked)
    t.same(askedFor(method, path), { operation, ...(discovery && { discovery }) }, path)
})

t.test('whose words an error at a path is told in', async (t) => {
  const spoken: [path: string, dialect: string][] = [
    ['/v1/chat/completions', 'openai-chat'],
    ['/v1/models', 'openai-chat'],
    ['/v1/embeddings', 'openai-chat'],
    ['/v1/responses', 'openai-responses'],
    ['/v1/messages', 'anthropic'],
    ['/v1/messages/batches', 'anthropic'],
    ['/v1/v1/messages', 'anthropic'],
    ['/api/pull', 'ollama'],
    ['/v1/api/chat', 'ollama'],
    ['/', 'openai-chat'],
  ]
  for (const [path, dialect] of spoken) t.equal(spokenAt(path).name, dialect, path)
})

t.test('beside /v1, a tunnel serves what the dialects have, and no more', async (t) => {
  for (const path of [
    '/responses',
    '/models',
    '/api/tags',
    '/api/show',
    '/api/version',
    '/api/ps',
    '/api/generate',
  ])
    t.ok(isServed(path), path)
  for (const path of [
    '/api/pull',
    '/api/v1/sessions',
    '/api/chat/',
    '/api/../v1/models',
    '/messages',
    '/v1/v1/messages',
  ])
    t.notOk(isServed(path), path)
})
