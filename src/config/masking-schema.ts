// The shape of `masking` in sluice.yaml: the company's own detectors, and what a found value leaves as.
import * as z from 'zod'
import { flag, keys, list, oneOf, text } from './shapes.ts'

const LONGEST_PATTERN = 4000
const FAMILIES = ['secrets', 'personal'] as const
const PLACEHOLDER = /^[^\0-\x1f\x7f]{1,64}$/
const FIELD = /^[^.]+(\.[^.]+)*$/
const LONGEST_FIELD = 200

const pattern = (description: string) =>
  text(`a regular expression of at most ${LONGEST_PATTERN} characters`, description, /^[^]+$/)
    .max(LONGEST_PATTERN, { error: `a regular expression of at most ${LONGEST_PATTERN} characters` })
    .optional()

const lines = 'a list of words and phrases, or a text with one on each line, such as ${file:names.txt}'
const field = 'a key such as patient_name, or the end of a path such as address.street'

const detector = keys(
  {
    pattern: pattern(
      'What a value looks like: literals, classes, groups, alternatives and greedy quantifiers, \\b at its ends.',
    ),
    after: pattern('What a value begins right after; not part of it.'),
    not_after: pattern('What a value never begins right after.'),
    commit: text(
      'a text',
      'The beginning that proves a value, for a pattern of more than 1,024 characters: it leaves masked at once.',
      /^[^]+$/,
    ).optional(),
    words: z
      .union([z.array(z.string()), z.string()], { error: lines })
      .meta({
        description:
          'Words and phrases, found where they stand alone: a list, or a text with one on each line, such as ${file:names.txt}.',
      })
      .optional(),
    fields: z
      .array(z.string({ error: field }).regex(FIELD, { error: field }).max(LONGEST_FIELD, { error: field }), {
        error: 'a list of keys, such as [patient_name, address.street]',
      })
      .min(1, { error: 'a list with at least one key' })
      .meta({
        description:
          'Keys of JSON, or ends of paths of them, in letters of either case: every string, number and boolean below is masked whole.',
      })
      .optional(),
    ignore_case: flag('Whether letters of either case are meant.').default(false),
    placeholder: text(
      'a text of at most 64 characters on one line',
      'What a found value leaves as; by default the name in capitals, in brackets.',
      PLACEHOLDER,
    ).optional(),
    shown: z
      .int({ error: 'a whole number from 1 to 8' })
      .min(1, { error: 'a whole number from 1 to 8' })
      .max(8, { error: 'a whole number from 1 to 8' })
      .meta({ description: 'How many of its last letters and digits the mode partial shows.' })
      .optional(),
    family: oneOf(FAMILIES, 'The family by which mask lists name it, too.').default('secrets'),
    examples: keys(
      {
        found: list('texts', 'Texts in which it must find something.').default([]),
        not: list('texts', 'Texts in which it must find nothing.').default([]),
      },
      'Checked whenever the file is loaded.',
    ).optional(),
  },
  'A detector: exactly one of pattern, words and fields says what it finds.',
)

export const masking = keys(
  {
    detectors: z
      .record(z.string(), detector, { error: 'a mapping of names to detectors' })
      .meta({ description: "The company's own detectors, by name. Mask lists name them like the others." })
      .default({}),
    mode: oneOf(
      ['redact', 'hash'],
      'What a found value leaves as: its placeholder (redact), or a keyed name that stays the same for the same value (hash).',
    ).default('redact'),
    modes: z
      .record(
        z.string(),
        oneOf(['redact', 'partial', 'hash'], 'As mode; partial shows the last characters.'),
        {
          error: 'a mapping of detectors or families to redact, partial or hash',
        },
      )
      .meta({ description: 'The mode by detector or family, where it is another.' })
      .default({}),
    hash_key: text(
      'a secret of at least 16 characters, such as ${file:hash.key}',
      'What hashed names are keyed with: a secret, the same at all gateways of a company. Whoever has it can try values.',
      /^[^]{16,}$/,
    ).optional(),
  },
  'How values are masked, beyond the detectors that sluice brings along.',
).prefault({})
