import t from 'tap'
import { tunnelVariables } from '../../../src/cli/tunnel-variables.ts'

const at = { url: 'http://127.0.0.1:4141', key: 'sk-sluice-1', model: 'qwen-coder' }

t.test('each API’s clients find the tunnel by their own variables', async (t) => {
  const openai = {
    OPENAI_BASE_URL: 'http://127.0.0.1:4141/v1',
    OPENAI_API_BASE: 'http://127.0.0.1:4141/v1',
    OPENAI_API_KEY: 'sk-sluice-1',
  }
  const anthropic = {
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:4141',
    ANTHROPIC_AUTH_TOKEN: 'sk-sluice-1',
    ANTHROPIC_API_KEY: '',
    ANTHROPIC_MODEL: 'qwen-coder',
    ANTHROPIC_DEFAULT_OPUS_MODEL: 'qwen-coder',
    ANTHROPIC_DEFAULT_SONNET_MODEL: 'qwen-coder',
    ANTHROPIC_DEFAULT_HAIKU_MODEL: 'qwen-coder',
  }
  const ollama = { OLLAMA_HOST: 'http://127.0.0.1:4141/sk-sluice-1' }
  t.same(tunnelVariables(at, ['openai-chat']), openai)
  t.same(tunnelVariables(at, ['openai-responses']), openai)
  t.same(tunnelVariables(at, ['anthropic']), anthropic)
  t.same(tunnelVariables(at, ['ollama']), ollama)
  t.same(tunnelVariables(at, ['ollama', 'anthropic', 'openai-chat']), { ...openai, ...anthropic, ...ollama })
  t.same(tunnelVariables(at, ['one-of-tomorrow']), {})
})
