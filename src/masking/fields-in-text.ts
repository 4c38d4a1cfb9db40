// Field rules in text that isn't read as JSON: what stands under a key of JSON, or of a Python dictionary, amid prose.
import type { Detector } from './detector.ts'

/** How JSON is written: as it is (or as Python does), or once more escaped, in a string of other JSON. Patterns. */
interface Writing {
  readonly quotes: readonly Quote[]
  readonly endsKey: string
  readonly space: string
  /** What stands between strings, and is no bracket. */
  readonly between: string
  readonly escapes: number
}

interface Quote {
  readonly mark: string
  /** What a string consists of; `not`: members of a class that it doesn't. */
  readonly unit: (not: string) => string
}

const PLAIN: Writing = {
  quotes: ['"', "'"].map((mark) => ({
    mark,
    unit: (not) => String.raw`[^${mark}\\${not}]|\\[^${not}]`,
  })),
  endsKey: `["']`,
  space: String.raw`[ \t\n\r]*`,
  between: String.raw`[^"'{}\[\]]`,
  escapes: 1,
}
const ESCAPED: Writing = {
  quotes: [
    {
      mark: String.raw`\\"`,
      unit: (not) => String.raw`[^"\\${not}]|\\[^"\\${not}]|\\\\(?:\\[^${not}]|[^"\\${not}])`,
    },
  ],
  endsKey: String.raw`\\"`,
  space: String.raw`(?:[ \t]|\\[nrt])*`,
  between: String.raw`[^"\\{}\[\]]|\\[^"{}\[\]]`,
  escapes: 2,
}
/** No number or literal goes on with what follows it, so that nothing of a value is left that JSON doesn't have. */
const BARE = /(?:-?[0-9]|[Tt]rue|[Ff]alse)(?:[.+-]{0,2}[0-9A-Za-z_])*/

/**
 * A detector's field rules as detectors for text, one for each way to write a value: what is masked is what FieldSegment
 * masks in JSON, and leaves spelled so that JSON stays JSON. Keys are told by what stands before a value, which isn't held.
 */
export function fieldsInText(detector: Detector): readonly Detector[] {
  let made = known.get(detector)
  if (!made) known.set(detector, (made = inText(detector)))
  return made
}

const known = new WeakMap<Detector, readonly Detector[]>()

function inText(detector: Detector): readonly Detector[] {
  const { fields, replace, ...rest } = detector
  if (!fields) return []
  const one = (after: string, grammar: RegExp, spell: Spelling, read: Spelling): Detector => ({
    ...rest,
    placeholder: spell(detector.placeholder),
    ...(replace && { replace: (value: string) => spell(replace(read(value))) }),
    forms: [{ grammar, after: new RegExp(after) }],
  })
  return [PLAIN, ESCAPED].flatMap((writing) => {
    const before = contextOf(writing, fields)
    const { escapes, quotes } = writing
    return [
      ...quotes.map(({ mark, unit }) =>
        one(before + mark, new RegExp(`(?:${unit('')})+`, 'u'), inString(mark, escapes), read(escapes)),
      ),
      one(
        before,
        BARE,
        (text) => inString('"', escapes - 1)(JSON.stringify(text)),
        (text) => text,
      ),
    ]
  })
}

type Spelling = (text: string) => string

function inString(mark: string, escapes: number): Spelling {
  return (text) => {
    let spelled = text
    for (let i = 0; i < escapes; i++) spelled = JSON.stringify(spelled).slice(1, -1)
    return mark === "'" ? spelled.replaceAll("'", String.raw`\'`) : spelled
  }
}

// What is written so; where it can't be told, as it is written.
function read(escapes: number): Spelling {
  return (value) => {
    try {
      let text = value
      for (let i = 0; i < escapes; i++) text = JSON.parse(`"${text}"`) as string
      return text
    } catch {
      return value
    }
  }
}

// What stands before a value that the fields hold for: the last of their keys; or that, and then the beginning of an object
// or array up to a place of a value in it. However a key ends, it begins alike: so there are few ways to have begun one.
function contextOf(writing: Writing, fields: readonly string[]): string {
  const { endsKey, space } = writing
  const colon = `${space}:${space}`
  const members = membersOf(writing)
  const into = String.raw`(?:\.|${endsKey}${colon}(?:\[${space})?\{${members}\\?["'])`
  const paths = fields.map((field) => field.toLowerCase().split('.').map(spelled).join(into))
  const opened = String.raw`(?:\{${members}:|\[(?:${members},)?)${space}`
  return `["'.](?:${paths.join('|')})${endsKey}${colon}(?:${opened})?`
}

// Strings, and what stands between, but no bracket, wherever it is: else contexts of several rules could stand at once, in
// all combinations, and hostile text would meet ever new gates.
function membersOf({ quotes, between }: Writing): string {
  const strings = quotes.map(({ mark, unit }) => `${mark}(?:${unit(String.raw`{}\[\]`)})*${mark}`)
  return `(?:${[between, ...strings].join('|')})*`
}

function spelled(key: string): string {
  return key.split('').map(unitOf).join('')
}

// In letters of either case, and what isn't ASCII as an escape, too.
function unitOf(unit: string): string {
  const upper = unit.toUpperCase()
  if (/[a-z]/.test(unit)) return `[${unit}${upper}]`
  if (/["'\\]/.test(unit)) return String.raw`\\{0,3}${unit === '\\' ? '\\\\' : unit}`
  if (unit <= '\x7f') return unit.replace(/[\^$.*+?()[\]{}|/]/, String.raw`\$&`)
  const units = upper.length === 1 && upper.toLowerCase() === unit && upper !== unit ? [unit, upper] : [unit]
  return `(?:${units.flatMap((way) => [way, String.raw`\\{1,2}u${codeOf(way)}`]).join('|')})`
}

function codeOf(unit: string): string {
  const digits = unit.charCodeAt(0).toString(16).padStart(4, '0')
  return digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
}
