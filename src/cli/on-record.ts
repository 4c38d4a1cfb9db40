// What is masked and what is kept of an exchange, in words that are true.

/** Names of the detectors in force, by direction. */
export interface Masking {
  readonly request: readonly string[]
  readonly reply: readonly string[]
}

/** Names of all detectors, by family. */
export type Families = { readonly [family: string]: readonly string[] }

const WORDS: { readonly [family: string]: string } = { personal: 'personal data', secrets: 'secrets' }
const RECORDS: { readonly [record: string]: string } = { metadata: 'metadata only' }

/** Such as `metadata only; personal data and secrets are masked`. */
export function onRecord(record: string, { request, reply }: Masking, families: Families): string {
  const kept = RECORDS[record] ?? record
  const [asked, answered] = [detectorWords(request, families), detectorWords(reply, families)]
  if (sentence(asked) === sentence(answered)) {
    if (asked.length === 0) return `${kept}; nothing is masked`
    return `${kept}; ${sentence(asked)} ${asked.length === 1 && asked[0] !== WORDS['secrets'] ? 'is' : 'are'} masked`
  }
  const inRequests = asked.length === 0 ? 'nothing' : sentence(asked)
  const inReplies = answered.length === 0 ? 'nothing' : sentence(answered)
  return `${kept}; masked in requests: ${inRequests}; in replies: ${inReplies}`
}

/** The detectors with a word in place of each family of which none is missing. */
export function detectorWords(names: readonly string[], families: Families): string[] {
  const words: string[] = []
  const told = new Set<string>()
  for (const family of new Set([...Object.keys(WORDS), ...Object.keys(families)])) {
    const members = families[family] ?? []
    if (members.length === 0 || !members.every((member) => names.includes(member))) continue
    words.push(WORDS[family] ?? family)
    for (const member of members) told.add(member)
  }
  return [...words, ...names.filter((name) => !told.has(name))]
}

function sentence(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
