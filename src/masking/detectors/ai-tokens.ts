// Keys of services that run models.
import { atLeast, tokens } from './token.ts'

export const aiTokens = tokens([
  {
    name: 'anthropic-key',
    grammar: new RegExp(`sk-ant-${atLeast(20, '[A-Za-z0-9_-]')}`),
    open: true,
    source: 'https://docs.anthropic.com/en/api/getting-started',
    found: 'x-api-key: sk-ant-api03-0123456789-example-0123456789',
    nearMiss: 'x-api-key: sk-ant-api03-…',
  },
  {
    name: 'openrouter-key',
    grammar: /sk-or-(?:v[0-9]-)?[0-9a-f]{64}/,
    source: 'https://openrouter.ai/docs/api-reference/authentication',
    found: 'sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    nearMiss: 'sk-or-v1-0123456789abcdef',
  },
  {
    name: 'openai-key',
    grammar: new RegExp(
      `sk-(?:${atLeast(20, '[A-Za-z0-9]')}|(?:proj|svcacct|admin|None)-${atLeast(20, '[A-Za-z0-9_-]')})`,
    ),
    open: true,
    source: 'https://platform.openai.com/docs/api-reference/authentication',
    found: 'OPENAI_API_KEY=sk-proj-0123456789-example_0123456789',
    nearMiss: 'import sk-learn-contrib-estimators',
  },
  {
    name: 'google-key',
    grammar: /AIza[A-Za-z0-9_-]{35}/,
    source: 'https://cloud.google.com/docs/authentication/api-keys',
    found: 'key=AIzaSyExample-0123456789_abcdefghijklmn',
    nearMiss: 'key=AIzaSyExample-0123456789',
  },
  {
    name: 'huggingface-token',
    grammar: /(?:hf|api_org)_[A-Za-z0-9]{34,37}/,
    source: 'https://huggingface.co/docs/hub/security-tokens',
    found: 'HF_TOKEN=hf_ExampleExampleExampleExampleExampl',
    nearMiss: 'hf_requiredCharacteristicTypesForDisplayMetadata',
  },
  {
    name: 'perplexity-key',
    grammar: /pplx-[A-Za-z0-9]{48,56}/,
    source: 'https://docs.perplexity.ai/getting-started/quickstart',
    found: 'pplx-0123456789ExampleExampleExampleExample0123456789',
    nearMiss: 'pplx-70b-online-chat',
  },
  {
    name: 'groq-key',
    grammar: /gsk_[A-Za-z0-9]{48,56}/,
    source: 'https://console.groq.com/docs/quickstart',
    found: 'GROQ=gsk_0123456789ExampleExampleExampleExampleExample01234567',
    nearMiss: 'gsk_window_new and gsk_0123456789',
  },
  {
    name: 'xai-key',
    grammar: /xai-[A-Za-z0-9]{70,90}/,
    source: 'https://docs.x.ai/docs/tutorial',
    found: 'xai-0123456789ExampleExampleExampleExampleExampleExampleExampleExample0123456789abcd',
    nearMiss: 'xai-explanations-for-models',
  },
  {
    name: 'replicate-token',
    grammar: /r8_[A-Za-z0-9]{37}/,
    source: 'https://replicate.com/docs/topics/security/api-tokens',
    found: 'REPLICATE=r8_0123456789ExampleExampleExample012345',
    nearMiss: 'r8_unorm and r8_g8_b8_a8',
  },
  {
    name: 'nvidia-key',
    grammar: new RegExp(`nvapi-${atLeast(60, '[A-Za-z0-9_-]')}`),
    open: true,
    source: 'https://docs.api.nvidia.com/nim/docs/api-quickstart',
    found: 'nvapi-0123456789-ExampleExampleExampleExampleExampleExampleExample012345',
    nearMiss: 'nvapi-headers-and-samples',
  },
  {
    name: 'langsmith-key',
    grammar: /lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}/,
    source:
      'https://docs.smith.langchain.com/administration/how_to_guides/organization_management/create_account_api_key',
    found: 'lsv2_pt_0123456789abcdef0123456789abcdef_0123456789',
    nearMiss: 'lsv2_pt_example',
  },
  {
    name: 'pinecone-key',
    grammar: /pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{60,66}/,
    source: 'https://docs.pinecone.io/guides/projects/manage-api-keys',
    found: 'pcsk_abc123_0123456789ExampleExampleExampleExampleExampleExample0123456789',
    nearMiss: 'pcsk_abc123_0123456789',
  },
  {
    name: 'tavily-key',
    grammar: /tvly-(?:dev-|prod-)?[A-Za-z0-9]{28,40}/,
    source: 'https://docs.tavily.com/documentation/quickstart',
    found: 'tvly-dev-0123456789ExampleExampleExample01',
    nearMiss: 'tvly-search',
  },
])
