// The environment variables by which the clients of each API find a tunnel.

export type Variables = { readonly [name: string]: string }

/** Where a tunnel is, with its key; without one it takes any. */
export interface TunnelAddress {
  readonly url: string
  readonly key?: string | undefined
  readonly model: string
}

interface Family {
  readonly name: string
  /** The dialects whose clients read these. */
  readonly dialects: readonly string[]
  /** The base URL, as people put it into settings. */
  base(at: TunnelAddress): string
  variables(at: TunnelAddress): Variables
}

const FAMILIES: readonly Family[] = [
  {
    name: 'OpenAI',
    dialects: ['openai-chat', 'openai-responses'],
    base: ({ url }) => `${url}/v1`,
    variables: ({ url, key = 'unused' }) => ({
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_API_BASE: `${url}/v1`,
      OPENAI_API_KEY: key,
    }),
  },
  {
    name: 'Anthropic',
    dialects: ['anthropic'],
    base: ({ url }) => url,
    // Claude Code asks for models by its own names, unless each of them is said to be this one. An API key of the
    // user's would go before the token: it is emptied, and so stays out of the tunnel.
    variables: ({ url, key = 'unused', model }) => ({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: key,
      ANTHROPIC_API_KEY: '',
      ANTHROPIC_MODEL: model,
      ANTHROPIC_DEFAULT_OPUS_MODEL: model,
      ANTHROPIC_DEFAULT_SONNET_MODEL: model,
      ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    }),
  },
  {
    name: 'Ollama',
    dialects: ['ollama'],
    // Its clients send no key, and keep the path of an address: there it is.
    base: ({ url, key }) => (key === undefined ? url : `${url}/${key}`),
    variables: (at) => ({ OLLAMA_HOST: at.key === undefined ? at.url : `${at.url}/${at.key}` }),
  },
]

/** What to set for a model that is reached by these dialects. */
export function tunnelVariables(at: TunnelAddress, dialects: readonly string[]): Variables {
  return Object.assign({}, ...families(dialects).map((family) => family.variables(at))) as Variables
}

/** The base URL of each family of APIs, by its name. */
export function baseUrls(at: TunnelAddress, dialects: readonly string[]): Variables {
  return Object.fromEntries(families(dialects).map((family) => [family.name, family.base(at)]))
}

/** For each family the fewest variables that reach a tunnel which takes any key, to be set before a command. */
export function keylessSettings(url: string, dialects: readonly string[]): readonly string[] {
  return families(dialects).map((family) =>
    Object.entries(family.variables({ url, model: '' }))
      .filter(([name]) => FEWEST.includes(name))
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  )
}

const FEWEST = [
  'OPENAI_BASE_URL',
  'OPENAI_API_KEY',
  'ANTHROPIC_BASE_URL',
  'ANTHROPIC_AUTH_TOKEN',
  'OLLAMA_HOST',
]

function families(dialects: readonly string[]): readonly Family[] {
  return FAMILIES.filter((family) => family.dialects.some((name) => dialects.includes(name)))
}
