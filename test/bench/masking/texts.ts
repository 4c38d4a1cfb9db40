// Texts as models and their users write them: sentences with personal values, documentation, code; and how they are cut.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const BLOCK = 2_000

/** Numbers in 0…1 that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const NAMES = ['Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Edsger Dijkstra', 'Barbara Liskov']
const VALUES = [
  (n: number) => `ada.${n}@example.com`,
  (n: number) => `+1 415-555-${1000 + (n % 9000)}`,
  (n: number) => ['4111 1111 1111 1111', '5555555555554444', '378282246310005'][n % 3] as string,
  (n: number) => `10.${n % 200}.${n % 7}.${n % 251}`,
  () => 'DE89 3704 0044 0532 0130 00',
  (n: number) => `536-90-${1000 + (n % 9000)}`,
  (n: number) => `sk-ant-api03-${String(n).padStart(24, 'abcdefghijklm')}`,
]
const SENTENCES = [
  (name: string, value: string) => `Please write to ${name} (${value}) before the end of the week.`,
  (name: string, value: string) => `${name} asked us to change the number on file to ${value}; thanks!`,
  (name: string, value: string) => `I can't reach ${name}. The last entry says "${value}", is that right?`,
  (name: string) => `The refund for ${name} was approved, and the remaining 12.50 will follow in 2-3 days.`,
  (name: string) => `As agreed with ${name}, we'll ship order #48213 on 2024-05-17 at 10:30.`,
]

function sentences(length: number, random: () => number): string {
  const parts: string[] = []
  for (let written = 0; written < length; written += parts.at(-1)?.length ?? 0) {
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    parts.push(`${pick(SENTENCES)(pick(NAMES), pick(VALUES)(Math.floor(random() * 1e6)))} `)
  }
  return parts.join('')
}

// Without what the detectors' examples are in: no ordinary text holds a hundred kinds of tokens.
function filesUnder(folder: string, ending: string): string {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !/^masking|^detectors\.md$/.test(path))
    .sort()
    .map((path) => readFileSync(join(root, folder, path), 'utf8'))
    .join('\n')
}

/** Text of a length, in blocks: 30 % sentences with values, 40 % documentation, 30 % code. */
export function ordinaryText(length: number): string {
  const random = seeded(7)
  const docs = filesUnder('docs', '.md') + filesUnder('node_modules/undici', '.md')
  const code = filesUnder('src', '.ts') + filesUnder('node_modules/undici/lib', '.js')
  const blocks: string[] = []
  for (let i = 0; i * BLOCK < length; i++) {
    const kind = i % 10
    if (kind % 3 === 0 && kind < 9) blocks.push(sentences(BLOCK, random))
    else {
      const source = kind % 3 === 1 || kind === 9 ? docs : code
      const at = (i * BLOCK) % (source.length - BLOCK)
      blocks.push(source.slice(at, at + BLOCK))
    }
  }
  return flat(blocks.join('').slice(0, length))
}

/** JSON of about so many characters, as tools return it: rows of short values, one in twelve with a personal one. */
export function shortValues(length: number): string {
  const random = seeded(11)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const rows = Array.from({ length: Math.ceil(length / 110) }, (_, id) => ({
    id,
    name: pick(NAMES),
    status: pick(['open', 'closed', '']),
    score: Math.round(random() * 1e3) / 10,
    isNew: random() < 0.5,
    parent: random() < 0.3 ? null : Math.floor(random() * 1e5),
    tags: [pick(['a short note', '2024-05-17', '12.50 EUR']), pick(['src/a.ts', 'say "yes"\n'])],
    ...(id % 12 === 0 && { contact: pick(VALUES)(id) }),
  }))
  return flat(JSON.stringify(rows))
}

/** The same text, as one piece of memory. */
export function flat(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}

/** Pieces of so many characters, none of which shares memory with another. */
export function cut(text: string, size: number): readonly string[] {
  const pieces: string[] = []
  for (let at = 0; at < text.length; at += size) pieces.push(flat(text.slice(at, at + size)))
  return pieces
}

/** Pieces as a model's tokens are: a word's beginning with the space before it, some letters, a digit group, a sign. */
export function tokens(text: string): readonly string[] {
  return text.match(/ ?\p{L}{1,5}|\p{N}{1,3}| ?[^\p{L}\p{N}\s]{1,2}|\s+/gu) ?? []
}
