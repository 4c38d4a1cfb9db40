// What one company masks by: detectors of its own beside the catalogue's, and what each leaves.
import { SluiceError } from '../base/errors.ts'
import { mayBeginWith } from './bounds.ts'
import { Catalogue, builtIn } from './catalogue.ts'
import { customPattern, dictionary, jsonFields, type Custom } from './custom.ts'
import type { Detector, Family } from './detector.ts'
import { maskerOf } from './engine.ts'
import { hashed, partial } from './placeholders.ts'

/** A detector of its own: exactly one of `pattern`, `words` and `fields` says what it finds. */
export interface OwnDetector extends Omit<Custom, 'name'> {
  readonly pattern?: string
  /** With `pattern`: the beginning that proves a value. */
  readonly commit?: string
  readonly words?: readonly string[]
  readonly fields?: readonly string[]
  /** How many of a value's last characters `partial` may show. */
  readonly shown?: number
  readonly family: Family
  /** Texts that hold one, and texts that hold none. */
  readonly examples?: { readonly found: readonly string[]; readonly not: readonly string[] }
}

export type Mode = 'redact' | 'partial' | 'hash'

export interface MaskingRules {
  readonly detectors: { readonly [name: string]: OwnDetector }
  readonly mode: Mode
  /** By detector or family. A detector's own goes before its family's, and that before `mode`. */
  readonly modes: { readonly [name: string]: Mode }
  /** What names of hashed values are keyed with: the tenant's, of 16 bytes or more. Needed where something is hashed. */
  readonly hashKey?: string
}

/**
 * The detectors that policies can name under these rules: the company's own, which name a text first, and the catalogue's.
 * Throws ERR_CONFIG for what `flawsOf` tells.
 */
export function catalogueOf({ detectors, mode, modes, hashKey }: MaskingRules): Catalogue {
  const key = new TextEncoder().encode(hashKey)
  const modeOf = new Map(Object.entries(modes))
  const inMode = (detector: Detector): Detector => {
    switch (modeOf.get(detector.name) ?? modeOf.get(detector.family) ?? mode) {
      case 'redact':
        return detector
      case 'partial':
        return partial(detector)
      case 'hash':
        return hashed(detector, key)
    }
  }
  const own = Object.entries(detectors).map(([name, it]) => ownDetector(name, it))
  return new Catalogue([...own, ...builtIn.detectors].map(inMode))
}

/** What is wrong with one value of the rules; `path` leads to it, `message` completes a sentence about it. */
export interface Flaw {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** All that is wrong with the rules. */
export function flawsOf(rules: MaskingRules): readonly Flaw[] {
  const flaws = Object.entries(rules.detectors).flatMap(([name, own]) =>
    flawsOfOwn(name, own).map(({ path, message }): Flaw => ({ path: ['detectors', name, ...path], message })),
  )
  const shown = new Map(builtIn.detectors.map((detector) => [detector.name, detector.shown]))
  for (const [name, own] of Object.entries(rules.detectors)) shown.set(name, own.shown)
  for (const [name, mode] of Object.entries(rules.modes)) {
    if (mode !== 'partial' || shown.get(name) !== undefined) continue
    const those = [...shown].filter(([, count]) => count !== undefined).map(([partly]) => partly)
    const message = `can't be partial: nothing says how much may be shown; redact or hash it. Partial can be: ${those.join(', ')}`
    flaws.push({ path: ['modes', name], message })
  }
  return flaws
}

function flawsOfOwn(name: string, own: OwnDetector): readonly Flaw[] {
  const kinds = (['pattern', 'words', 'fields'] as const).filter((kind) => own[kind] !== undefined)
  const [kind] = kinds
  if (!kind || kinds.length > 1) {
    return [{ path: [], message: 'must have exactly one of pattern, words and fields' }]
  }
  if (kind !== 'pattern') {
    const stray = (['commit', 'after', 'notAfter'] as const).find((key) => own[key] !== undefined)
    if (stray) return [{ path: [KEYS[stray]], message: 'belongs to a pattern' }]
  }
  try {
    const detector = ownDetector(name, own)
    if (own.commit !== undefined && !mayBeginWith(detector, own.commit)) {
      return [{ path: ['commit'], message: 'is no beginning of what the pattern matches' }]
    }
    const masker = maskerOf([detector])
    const finds = (text: string): boolean =>
      masker.mask(text, kind === 'fields' ? 'json' : 'text').findings.length > 0
    const { found, not } = own.examples ?? { found: [], not: [] }
    return [
      ...found.flatMap((text, i) => (finds(text) ? [] : [example('found', i, 'is not found')])),
      ...not.flatMap((text, i) => (finds(text) ? [example('not', i, 'is found')] : [])),
      ...(finds(detector.placeholder)
        ? [{ path: [own.placeholder === undefined ? kind : 'placeholder'], message: FINDS_ITSELF }]
        : []),
    ]
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    return [{ path: [culprit(name, own) ?? kind], message: predicate(error) }]
  }
}

// The context without which the detector could be made: what is wrong with one is told as of a pattern, too.
function culprit(name: string, own: OwnDetector): string | undefined {
  if (canBeMade(name, own)) return undefined
  const { after, notAfter, ...rest } = own
  if (after !== undefined && canBeMade(name, { ...rest, ...(notAfter !== undefined && { notAfter }) }))
    return KEYS.after
  return notAfter !== undefined && canBeMade(name, rest) ? KEYS.notAfter : undefined
}

function canBeMade(name: string, own: OwnDetector): boolean {
  try {
    return ownDetector(name, own) !== undefined
  } catch {
    return false
  }
}

const KEYS = { commit: 'commit', after: 'after', notAfter: 'not_after' } as const
const FINDS_ITSELF = 'finds the placeholder that it leaves, and would mask it again; name another placeholder'

function example(key: 'found' | 'not', i: number, message: string): Flaw {
  return { path: ['examples', key, i], message: `${message} by this detector` }
}

function ownDetector(name: string, own: OwnDetector): Detector {
  const { pattern, commit, words, fields, shown, family, examples } = own
  const custom = { ...own, name }
  const detector =
    pattern !== undefined
      ? customPattern(custom, pattern, commit)
      : words
        ? dictionary(custom, words)
        : jsonFields(custom, fields ?? [])
  return {
    ...detector,
    family,
    ...(shown !== undefined && { shown }),
    found: examples?.found[0] ?? '',
    nearMiss: examples?.not[0] ?? '',
  }
}

// What an error says of a pattern or list, without its subject, and what to do.
function predicate({ message, nextSteps }: SluiceError): string {
  const said = message.replace(/^The (?:pattern|list)(?: of (?:the detector \S+|"[^"]*"))? /, '')
  const steps = nextSteps.map((step) => step.charAt(0).toLowerCase() + step.slice(1))
  return [said, ...steps].map((sentence) => sentence.replace(/\.$/, '')).join('; ')
}
