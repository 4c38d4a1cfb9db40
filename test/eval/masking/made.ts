// Structured values made here, valid by their standard, in sentences; and values that nearly are.
import { createMasker } from '../../../src/masking/engine.ts'
import { Tally, type Score } from './score.ts'

const EACH = 400
const SENTENCES = [
  'My value is VALUE.',
  'Please use VALUE, thanks!',
  'VALUE',
  'She wrote (VALUE) on the form',
  'customer: VALUE\nstatus: open',
  '{"note": "VALUE"}',
  'It was "VALUE"; not the other one.',
  "update people set note = 'VALUE' where id = 7",
  '| 12 | VALUE | ok |',
  'Ça, c’est VALUE – merci',
  '<td>VALUE</td>',
  'VALUE is what he gave us, on 2024-03-01 at 10:30.',
]

type Random = (below: number) => number

interface Kind {
  readonly detector: string
  readonly valid: (random: Random) => string
  /** What looks like one and isn't. */
  readonly invalid: (random: Random) => string
  /** Stands before the sentence, for values that must be announced. */
  readonly lead?: string
}

const KINDS: readonly Kind[] = [
  { detector: 'card', valid: (random) => card(random, 0), invalid: (random) => card(random, 1 + random(9)) },
  { detector: 'iban', valid: (random) => iban(random, 0), invalid: (random) => iban(random, 1 + random(9)) },
  { detector: 'email', valid: email, invalid: (random) => `${word(random)}@${word(random)}` },
  { detector: 'ip', valid: ip, invalid: notIp },
  {
    detector: 'ssn',
    valid: (random) => ssn(random, 1 + random(665)),
    invalid: (random) => ssn(random, pick(random, [0, 666, 950])),
  },
  {
    detector: 'phone',
    valid: (random) => dialled(random, pick(random, PHONES)),
    invalid: (random) => dialled(random, pick(random, NOT_PHONES)),
  },
  {
    detector: 'mac-address',
    valid: mac,
    invalid: (random) => `${digits(random, 2)}:${digits(random, 2)}:${digits(random, 2)}`,
  },
]

export function made(): readonly Score[] {
  return KINDS.map(({ detector, valid, invalid }) => {
    const masker = createMasker([detector])
    const tally = new Tally('made', detector)
    const random = seeded(1847)
    for (let i = 0; i < 2 * EACH; i++) {
      const wanted = i % 2
      const value = (wanted === 1 ? valid : invalid)(random)
      const sentence = SENTENCES[i % SENTENCES.length] as string
      const start = sentence.indexOf('VALUE')
      const text = sentence.replace('VALUE', () => value)
      const { findings } = masker.mask(text)
      const right = findings.filter((it) => it.start === start && it.end === start + value.length)
      tally.add(text, wanted, wanted * right.length, findings.length - wanted * right.length)
    }
    return tally.score()
  })
}

const ISSUERS: readonly (readonly [prefix: string, length: number])[] = [
  ['4', 16],
  ['51', 16],
  ['55', 16],
  ['2221', 16],
  ['2720', 16],
  ['34', 15],
  ['37', 15],
  ['36', 14],
  ['3528', 16],
  ['6011', 16],
  ['65', 16],
  ['62', 16],
  ['6759', 16],
]

function card(random: Random, off: number): string {
  const [prefix, length] = pick(random, ISSUERS)
  const body = prefix + digits(random, length - 1 - prefix.length)
  const sum = [...body]
    .reverse()
    .reduce(
      (total, digit, i) =>
        total + (i % 2 === 1 ? Number(digit) : [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][Number(digit)]!),
      0,
    )
  const number = `${body}${(20 - (sum % 10) + off) % 10}`
  const groups =
    length === 16
      ? /(....)(....)(....)(....)/
      : length === 15
        ? /(....)(......)(.....)/
        : /(....)(......)(....)/
  const separator = pick(random, ['', ' ', '-', '\u00a0'])
  return number.replace(groups, (_, ...parts: unknown[]) => parts.slice(0, -2).join(separator))
}

// Country, length in all, letters that the rest begins with.
const BANKS: readonly (readonly [country: string, length: number, letters: number])[] = [
  ['DE', 22, 0],
  ['GB', 22, 4],
  ['FR', 27, 0],
  ['NL', 18, 4],
  ['ES', 24, 0],
  ['CH', 21, 0],
  ['NO', 15, 0],
  ['PL', 28, 0],
  ['SE', 24, 0],
  ['IT', 27, 1],
  ['TR', 26, 0],
  ['SA', 24, 0],
  ['AT', 20, 0],
  ['MT', 31, 4],
]

function iban(random: Random, off: number): string {
  const [country, length, begins] = pick(random, BANKS)
  const body = letters(random, begins).toUpperCase() + digits(random, length - 4 - begins)
  const rest = [...`${body}${country}00`].map((sign) => parseInt(sign, 36)).join('')
  const check = 98 - Number(BigInt(rest) % 97n)
  const number = `${country}${String((check + off) % 100).padStart(2, '0')}${body}`
  return random(2) === 0 ? number : number.replace(/(.{4})(?=.)/g, '$1 ')
}

function email(random: Random): string {
  const local = pick(random, [
    word(random),
    `${word(random)}.${word(random)}`,
    `${word(random)}+${digits(random, 3)}`,
    `${word(random)}_${digits(random, 2)}`,
  ])
  const domain = `${word(random)}.${pick(random, ['com', 'org', 'de', 'co.uk', 'io', 'museum', 'example', 'com.br'])}`
  return `${local}@${domain}`
}

function ip(random: Random): string {
  const four = [0, 0, 0, 0].map(() => random(256)).join('.')
  const groups = Array.from({ length: 8 }, () => (256 + random(65_000)).toString(16))
  return pick(random, [
    four,
    four,
    groups.join(':'),
    `${groups.slice(0, 3).join(':')}::${groups[7]}`,
    `fe80::${groups.slice(0, 4).join(':')}`,
  ])
}

function notIp(random: Random): string {
  return pick(random, [
    [0, 0, 0, 0].map(() => 256 + random(700)).join('.'),
    [0, 0, 0].map(() => random(256)).join('.'),
    `v${random(9)}.${random(20)}.${random(20)}.${random(20)}`,
    `${random(24)}:${10 + random(50)}:${10 + random(50)}`,
    `std::${word(random)}`,
  ])
}

function ssn(random: Random, area: number): string {
  const number = `${String(area).padStart(3, '0')}-${String(1 + random(99)).padStart(2, '0')}-${String(1 + random(9999)).padStart(4, '0')}`
  return number.replaceAll('-', pick(random, ['-', '-', ' ', '.']))
}

function mac(random: Random): string {
  const pairs = Array.from({ length: 6 }, () => (1 + random(254)).toString(16).padStart(2, '0'))
  const text = pairs.join(pick(random, [':', '-']))
  return random(2) === 0 ? text : text.toUpperCase()
}

// As people write them (numbers kept free for examples where a plan has such).
const PHONES = [
  '+1 415 555 01##',
  '+1-212-555-01##',
  '(415) 555-01##',
  '415-555-01##',
  '415.555.01##',
  '1-800-555-01##',
  '+1 (646) 555-01##',
  '+44 20 7946 0###',
  '+44 (0)20 7946 0###',
  '020 7946 0###',
  '07700 900###',
  '+447700900###',
  '+49 30 2312 5###',
  '030/23125###',
  '+49 (0)170 2312###',
  '0170 2312###',
  '+49-89-636-48018',
  '+33 1 42 68 5# ##',
  '01 42 68 5# ##',
  '+33 6 39 98 ## ##',
  '06 39 98 ## ##',
  '+33639980###',
  '+39 06 678 4###',
  '+39 312 345 6###',
  '+34 612 34 5# ##',
  '+34 91 123 4###',
  '+31 20 624 1###',
  '020-624 1###',
  '+31 6 1234 5###',
  '+41 44 668 1# ##',
  '044 668 1# ##',
  '+43 1 5888 0###',
  '+46 8 123 45# ##',
  '+47 22 85 5# ##',
  '+45 32 12 3# ##',
  '+358 9 123 4###',
  '+48 22 694 5###',
  '+351 21 123 4###',
  '+353 1 123 4###',
  '+30 210 123 4###',
  '+90 212 123 45 ##',
  '+7 495 123-45-##',
  '+380 44 123 4###',
  '+61 2 9374 4###',
  '(02) 9374 4###',
  '0412 345 ###',
  '+64 9 123 4###',
  '+81 3-6384-9###',
  '03-6384-9###',
  '090-1234-5###',
  '+82 2-531-9###',
  '+86 138 1234 5###',
  '+852 2345 6###',
  '+65 6123 4###',
  '+91 98765 43###',
  '+91-22-2654-3###',
  '+62 812-3456-7###',
  '+63 917 123 4###',
  '+66 2 123 4###',
  '+84 24 3936 2###',
  '+972 9-762-54##',
  '09-76254##',
  '+971 4 123 4###',
  '+966 11 123 4###',
  '+20 2 1234 5###',
  '+27 21 123 4###',
  '021 123 4###',
  '+234 803 123 4###',
  '+254 712 345 ###',
  '+55 11 98456 5###',
  '(11) 98456-5###',
  '+52 55 1234 5###',
  '+54 11 1234-5###',
  '+56 2 1234 5###',
  '+57 1 234 5###',
]
const NOT_PHONES = [
  '2024-01-##',
  '01-02-20##',
  '31.12.20##',
  '12:30:##',
  '1700000###',
  '192.168.1.1#',
  '4111 1111 1111 1###',
  '978-3-16-1484##-0',
  'v1.2.3##',
  '3.14159265##',
  '1,234,5##',
  'ABC-123-4##',
  '10-20-30-4#',
  '$1,299.##',
  'ISO 9001:20##',
  'RFC 82##',
  '0x7f3a##',
  '123e4567-e89b-12d3-a456-4266141740##',
  '2024-01-02T10:30:##Z',
  '20240102###',
  '0.8765432###',
  '12345678##',
  'order 10023##',
  '1-2-3-4',
  '100 000 ###',
]

function dialled(random: Random, shape: string): string {
  return shape.replace(/#/g, () => digits(random, 1))
}

function word(random: Random): string {
  return letters(random, 4 + random(6))
}

function letters(random: Random, count: number): string {
  return Array.from({ length: count }, () => String.fromCharCode(97 + random(26))).join('')
}

function digits(random: Random, count: number): string {
  return Array.from({ length: count }, () => random(10)).join('')
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random(values.length)] as T
}

// Mulberry32: the same values in every run.
function seeded(seed: number): Random {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}
