// Ways to reach a person: mail addresses and telephone numbers.
import { isPhoneNumber } from '../checks/phone.ts'
import type { Detector } from '../detector.ts'
import { announcedBy, inAnyCase } from './words.ts'

// Letters beyond ASCII: Latin, Greek, Cyrillic (RFC 6531), scripts that put spaces between words.
const FOREIGN = 'À-ɏͰ-ԯ'
const WORD = `A-Za-z0-9_${FOREIGN}`
// The domain's first label is not a digit and an x: `icon@2x.png` is an image.
const ADDRESS =
  `[${WORD}.%+'-]{0,63}@` +
  `(?:[A-Za-z${FOREIGN}][${WORD}-]{0,62}|[0-9](?:[A-WYZa-wyz0-9_${FOREIGN}-][${WORD}-]{0,61}|[Xx][${WORD}-]{1,61})?)` +
  `(?:\\.[${WORD}][${WORD}-]{0,62}){0,4}\\.(?:[A-Za-zͰ-ԯ]{2}|xn--[A-Za-z0-9-]{1,59})[${WORD}]*`
// What stands before the at sign in a URL is a name or a password, no mailbox.
const NOT_AFTER_WORD = `[${WORD}]|[${WORD}\\]][.%+'-]|://[^\\s/?#@]*`

// The number of a book (ISO 2108) may begin with the trunk prefix.
const BOOK = `${inAnyCase('isbn')}(?:-1[03])?:?\\s?`
// A column of a table stands after a comma, a field of a card (RFC 6350) after its name and a colon.
const NOT_AFTER = new RegExp(`[A-Za-z0-9_+]|[A-Za-z0-9_\\]][./-]|[0-9_\\]]:|${BOOK}`)
// `callId: 1002345678` identifies a call.
const NOT_AFTER_ID = new RegExp(`${NOT_AFTER.source}|[Ii][Dd][^A-Za-z0-9]+`)
const GAP = '[ .\u00a0\u202f/-]'
const EXTENSION = '(?:,? ?(?:[xX#]|[Ee]xt\\.?|extension|poste) ?[0-9]{1,6})?'
const ANY = `(?:\\([0-9]{1,5}\\)|[1-9])(?:[ .\u00a0\u202f/()-]{0,2}[0-9]){6,12}`
const WORDS =
  'phone,mobile, cell,cellular, tel,telefon,téléphone,fax,whatsapp,hotline,landline,my number,his number,her number,their number'
const VERBS = 'call,dial,reach,contact, text, ring,sms'
// Chinese, Japanese and Korean put no spaces between words.
const CJK = '(?:手机|电话|電話|携帯|휴대폰|전화)[^A-Za-z0-9\\]]{0,5}'
const ANNOUNCED = new RegExp(`${announcedBy(...`${WORDS},${VERBS}`.split(',')).source}|${CJK}`)

export const contact: readonly Detector[] = [
  {
    name: 'email',
    placeholder: '[EMAIL]',
    family: 'personal',
    forms: [
      { grammar: new RegExp(`[A-Za-z0-9]${ADDRESS}`), notAfter: new RegExp(NOT_AFTER_WORD) },
      // Tokens end before these letters, so a placeholder right before them counts as a word.
      { grammar: new RegExp(`[_${FOREIGN}]${ADDRESS}`), notAfter: new RegExp(`\\]|${NOT_AFTER_WORD}`) },
    ],
    score: 1,
    source: 'https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1',
    found: 'Write to ada.lovelace@example.com.',
    nearMiss: 'Deploy with @example.com and icon@2x.png.',
  },
  {
    name: 'phone',
    placeholder: '[PHONE]',
    shown: 2,
    family: 'personal',
    forms: [
      // International; with a group in brackets; with 00 for the plus sign.
      { grammar: new RegExp(`\\+ ?[1-9](?:${GAP}?[0-9]){6,14}${EXTENSION}`) },
      {
        grammar: new RegExp(
          `\\+[1-9][0-9]{0,2}[ .-]?\\([0-9]{1,5}\\)[ .-]{0,3}[0-9](?:${GAP}?[0-9]){3,10}${EXTENSION}`,
        ),
      },
      { grammar: new RegExp(`\\(\\+[1-9][0-9]{0,2}\\)${GAP}?[0-9](?:${GAP}?[0-9]){5,11}`) },
      { grammar: new RegExp(`00[1-9](?:${GAP}?[0-9]){8,13}${EXTENSION}`), notAfter: NOT_AFTER },
      // North American, 3-3-4.
      { grammar: new RegExp(`\\([0-9]{3}\\)[ .-]?[0-9]{3}[ .-][0-9]{4}${EXTENSION}`) },
      {
        grammar: new RegExp(`[1-9][0-9]{0,2}[ .-]\\([0-9]{3}\\)[ .-]?[0-9]{3}[ .-][0-9]{4}${EXTENSION}`),
        notAfter: NOT_AFTER,
      },
      {
        grammar: new RegExp(`(?:[1-9][0-9]{0,2}[ .-])?[0-9]{3}[.-][0-9]{3}[.-][0-9]{4}${EXTENSION}`),
        notAfter: NOT_AFTER,
      },
      { grammar: new RegExp(`(?:1 )?[2-9][0-9]{2} [0-9]{3}[ -][0-9]{4}${EXTENSION}`), notAfter: NOT_AFTER },
      // With the trunk prefix 0, in brackets or not; with 8.
      { grammar: /0[ -]?[1-9](?:[ ./-]?[0-9]){7,11}/, notAfter: NOT_AFTER },
      { grammar: /0 ?\([1-9][0-9]{1,4}\)(?:[ ./-]?[0-9]){5,9}/, notAfter: NOT_AFTER },
      { grammar: /\(0[1-9][0-9]{0,4}\)(?:[ ./-]?[0-9]){4,9}/ },
      { grammar: /\([0-9]{3,5}\) ?[0-9]{1,3}-[0-9]{2}-[0-9]{2}/ },
      { grammar: /8[ -]?\([0-9]{3,5}\) ?[0-9]{1,3}-[0-9]{2}-[0-9]{2}/, notAfter: NOT_AFTER },
      // Brazil's area codes have no trunk prefix.
      { grammar: /\([1-9][1-9]\) ?9?[0-9]{4}-[0-9]{4}/ },
      // 3-3-2-2, 3-2-2-2.
      { grammar: /[2-9][0-9]{2} (?:[0-9]{3}|[0-9]{2}) [0-9]{2} [0-9]{2}/, notAfter: NOT_AFTER },
      { grammar: /[2-9][0-9]{2}-[0-9]{3}-[0-9]{2}-[0-9]{2}/, notAfter: NOT_AFTER },
      { grammar: /[2-9][0-9]{2}\.[0-9]{3}\.[0-9]{2}\.[0-9]{2}/, notAfter: NOT_AFTER },
      // Other digits are a number of anything, unless they are announced.
      { grammar: new RegExp(`${ANY}${EXTENSION}`), after: ANNOUNCED, notAfter: NOT_AFTER_ID },
    ],
    notBefore: /[A-Za-z0-9_]/,
    check: isPhoneNumber,
    score: 0.8,
    source: 'https://www.itu.int/rec/T-REC-E.164',
    found: 'Call +44 20 7946 0958 today.',
    nearMiss: 'Due on 01-02-2024 at 10:30.',
  },
]
