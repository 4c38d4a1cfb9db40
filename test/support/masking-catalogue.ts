// A catalogue as large as the one to come: the engine's own detectors, and tokens of vendors that don't exist.
import { detectors } from '../../src/masking/catalogue.ts'
import { customPattern, dictionary } from '../../src/masking/custom.ts'
import type { Detector } from '../../src/masking/detector.ts'
import { hashed } from '../../src/masking/placeholders.ts'

const ordinary = {
  family: 'secrets',
  score: 1,
  source: 'https://example.com',
  nearMiss: '',
} as const

/** Detectors that ask more of an engine than the catalogue's own do. */
export const unusual: readonly Detector[] = [
  {
    ...ordinary,
    name: 'told-password',
    placeholder: '[PASSWORD]',
    forms: [
      { grammar: /[!-~]{6,40}/, after: /[a-z]+:\/\/[a-z]{1,20}:/ },
      { grammar: /[A-Za-z0-9]{8,40}/, after: /password["']?(?: [a-z]+){0,5} ?[:=] ?["']?/, notAfter: /x/ },
    ],
    notBefore: /[A-Za-z0-9]/,
    check: (text) => /[0-9]/.test(text),
    found: 'password: hunter2hunter2',
  },
  hashed(
    {
      ...ordinary,
      name: 'order',
      placeholder: '[ORDER]',
      forms: [{ grammar: /#[0-9]{4,}/ }],
      found: '#48213',
    },
    new Uint8Array(16),
  ),
  {
    ...ordinary,
    name: 'bracket',
    placeholder: '[BRACKET]',
    forms: [
      { grammar: /<[0-9a-z ~]{0,20}>!/ },
      { grammar: /<[a-z]{3}~[0-9](?:[0-9]{2}x|;12)?/ },
      { grammar: /~[0-9]{3,6}|;[0-9]{2,5}/ },
      { grammar: /[0-9]{3,5}/, after: /~[0-9]{3}/ },
    ],
    check: (text) => text.length % 2 === 0 || text.length === 3,
    found: '<12 ~345 x>!',
  },
  {
    ...customPattern({ name: 'phrase', ignoreCase: true }, '\\bnight.{0,8}owl\\b'),
    found: 'a Night 😀 OWL.',
  },
  { ...dictionary({ name: 'project' }, ['Blue', 'Bluebird', 'bird song']), found: 'Bluebird' },
]

const SYLLABLES = [
  'ba',
  'co',
  'de',
  'fi',
  'gu',
  'ha',
  'ki',
  'lo',
  'mo',
  'nu',
  'pa',
  're',
  'si',
  'to',
  'va',
  'zy',
]
const BODIES = ['[A-Za-z0-9]', '[0-9a-f]', '[A-Za-z0-9_-]', '[A-Z0-9]', '[a-z0-9]']
const SAMPLES = ['aB3', '0f9', 'a_-', 'A7Z', 'z4q']
const JOINTS = ['_', '-', '.', ':', '_live_', '_v1_', '']

function vendorToken(i: number): Detector {
  const joint = JOINTS[i % JOINTS.length] as string
  const first = SYLLABLES[i % SYLLABLES.length] as string
  const prefix = `${first}${SYLLABLES[(i * 7 + 3) % SYLLABLES.length]}${i % 3 === 0 ? 'k' : ''}${joint}`
  const length = 20 + ((i * 5) % 30)
  const open = i % 4 === 0
  const body = BODIES[i % BODIES.length] as string
  return {
    name: `vendor-${i}`,
    placeholder: `[VENDOR_${i}]`,
    family: 'secrets',
    forms: [
      {
        grammar: new RegExp(`${prefix.replace('.', '\\.')}${body}{${length}${open ? ',' : ''}}`),
        notAfter: /[A-Za-z0-9]/,
      },
    ],
    ...(open ? {} : { notBefore: /[A-Za-z0-9]/ }),
    score: 1,
    source: 'https://example.com',
    found: `key ${prefix}${(SAMPLES[i % SAMPLES.length] as string).repeat(20).slice(0, length)}`,
    nearMiss: `key ${prefix}x`,
  }
}

/** The engine's detectors and seventy-five more. */
export const enlarged: readonly Detector[] = [
  ...detectors,
  ...Array.from({ length: 75 }, (_, i) => vendorToken(i)),
]
