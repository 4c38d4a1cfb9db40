// What is planted, how it may be spelled, and how it is looked for on the other side.

export const DETECTORS = ['email', 'card', 'aws-key', 'private-key']

const EMAIL = 'grace.hopper@navy.example.org'
const CARD = '4111 1111 1111 1111'
const AWS_KEY = 'AKIAIOSFODNN7EXAMPLE'
const PRIVATE_KEY = [
  '-----BEGIN RSA PRIVATE KEY-----',
  'MIICXQIBAAKBgQDV7kQ2h0fWqkXb3pL9yTn4RzGcVxU8sJmHdEoKwB5tYaPqZi1F',
  'u6CvNrOeSgMlTj3D0IxWfAbQyHkLpZ7nV2cUsXmR8dGtJoE5wKqYhBiPzF4a9T1C',
  '-----END RSA PRIVATE KEY-----',
].join('\n')

/** Each with what takes its place. */
const SECRETS: readonly (readonly [secret: string, placeholder: string])[] = [
  [EMAIL, '[EMAIL]'],
  [CARD, '[CARD]'],
  [AWS_KEY, '[AWS_KEY]'],
  [PRIVATE_KEY, '[PRIVATE_KEY]'],
]

/** One text with all of them, and as it must arrive. */
export const SAYING = `Für "Grace" 🎉: ${EMAIL}, ${CARD}, ${AWS_KEY}.\n${PRIVATE_KEY}\nAnd so on.`
export const MASKED = SECRETS.reduce(
  (text, [secret, placeholder]) => text.replace(secret, placeholder),
  SAYING,
)

const PIECE = 6
const STEP = 3
/** Whatever shows as many as eight units of a secret in a row shows one of these. */
const PIECES = SECRETS.flatMap(([secret]) => {
  const plain = secret === CARD ? secret.replaceAll(' ', '') : secret.replace(/-----.*-----\n?/g, '')
  const count = Math.ceil((plain.length - PIECE + 1) / STEP)
  return Array.from({ length: count }, (_, at) => plain.slice(at * STEP, at * STEP + PIECE))
}).filter((piece) => !piece.includes('\n') && piece !== 'exampl')

/**
 * Pieces of secrets that can be read in bytes that went over a wire: as they stand, as the JSON says, and with what JSON
 * within JSON says; in one string, or in those that stand at the same place of successive frames, one after the other.
 */
export function leaks(wire: string): string[] {
  const places = new Map<string, string>()
  for (const frame of wire.split('\n')) {
    const json = parsed(frame.replace(/^data: ?/, ''))
    if (json !== undefined) walk(json, '', places)
  }
  const seen = [wire, ...places.values()].join('\n')
  const plain = seen.replace(/(?<=\d)[ -](?=\d)/g, '')
  return PIECES.filter((piece) => plain.includes(piece))
}

function walk(value: unknown, path: string, places: Map<string, string>): void {
  if (typeof value === 'string') {
    places.set(path, (places.get(path) ?? '') + value)
    walk(parsed(value), `${path}/`, places)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      places.set(`${path}#`, `${places.get(`${path}#`) ?? ''}\n${key}`)
      walk(inner, `${path}/${key}`, places)
    }
  }
}

function parsed(text: string): unknown {
  try {
    return /^\s*(?:".*"|\[.*\]|\{.*\})\s*$/s.test(text) ? (JSON.parse(text) as unknown) : undefined
  } catch {
    return undefined
  }
}

/** How JSON may be written: as usual, or with every unit of every string and key escaped. */
export const SPELLINGS: readonly { readonly name: string; json(value: unknown): string }[] = [
  { name: 'plain', json: (value) => JSON.stringify(value) },
  { name: 'escaped', json: escaped },
]

function escaped(value: unknown): string {
  if (typeof value === 'string') {
    const units = Array.from({ length: value.length }, (_, at) => value.charCodeAt(at))
    return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`
  }
  if (Array.isArray(value)) return `[${value.map(escaped).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return `{${members.map(([key, inner]) => `${escaped(key)}:${escaped(inner)}`).join(',')}}`
}
