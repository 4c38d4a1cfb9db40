// Keys and signed tokens of open standards.
import { isCryptoKey } from '../checks/crypto-address.ts'
import type { Detector } from '../detector.ts'

// A private key as it stands in files, in code, in quotations. The header proves it; from there on whatever may be key
// material is swallowed, up to the footer or to what is clearly something else. Between lines: white space, quotes,
// backslashes and line breaks spelled `\n`, commas, the marks of quotations, the operators that join strings; and the
// numbers of lines, as editors, grep and coding agents show them.
const SEPARATORS = '[\\s"\'`,>|*\\\\]'
const GAP = `(?:${SEPARATORS}|\\\\[nrt]|[+.][\\s"'\`])`
const NUMBER = '[0-9]{1,5} ?[\t:|)\u2192]'
const LEAD = `${GAP}{0,40}(?:${NUMBER}${GAP}{0,4})?`
// Within the body the n of `\n` and the plus sign count as base64: fewer ways to read it.
const BODY_GAPS = `(?:["'] ?\\.\\s)?${SEPARATORS}{0,40}`
const LINE = '[^\\r\\n\\\\\\ud800-\\udfff]'
const COMMENT = `(?:#|//[ \\t*!]|/\\*)${LINE}*`
const ARMOR = `(?:Proc-Type|DEK-Info|Version|Comment|Subject|MessageID|Hash|Charset): ${LINE}+`
const BASE64 = '[A-Za-z0-9+/=]'
const SHORT = `${BASE64}{4,15}`
// A long run, or a short one and a long one.
const FIRST = `(?:${BASE64}{16,}|${SHORT}${GAP}{1,24}${BASE64}{16,})`
const NAME = '(?:[A-Z0-9]{1,9} ){0,2}PRIVATE KEY(?: BLOCK)? ?-{4,5}'
const FOOTER = `-{4,5} ?END ${NAME}`
const NOTE = `(?:${ARMOR}|${COMMENT})`
const LINE_END = '(?:[\\r\\n]|\\\\[nr]?)'
const PRIVATE_KEY = new RegExp(
  `-{4,5} ?BEGIN ${NAME}(?:${GAP}{0,40}${NOTE}${LINE_END})*(?:${GAP}{0,40}${NOTE}|` +
    `${LEAD}${FIRST}(?:${BODY_GAPS}(?:${BASE64}|[0-9] ?[:)\\u2192]|#${LINE}*${LINE_END}))*` +
    `(?:${BODY_GAPS}(?:#${LINE}*|${FOOTER}))?|` +
    `(?:${GAP}{0,40}${SHORT})?${GAP}{0,40}${FOOTER})?`,
)

// The same in base64, as Kubernetes has it: what the kinds of headers begin with, and the lines that follow.
const ENCODED = ['', 'RSA ', 'EC ', 'DSA ', 'OPENSSH ', 'ENCRYPTED '].map((kind) =>
  Buffer.from(`-----BEGIN ${kind}PRIVATE KEY-----`).toString('base64').slice(0, -4).replace(/\+/g, '\\+'),
)
const ENCODED_KEY = new RegExp(
  `(?:${ENCODED.join('|')})[A-Za-z0-9+/]*(?:\\r?\\n[ \\t]{0,40}[A-Za-z0-9+/]{40,})*(?:\\r?\\n[ \\t]{0,40}[A-Za-z0-9+/]{4,})?={0,2}`,
)
// Base58.
const BASE58 = '[1-9A-HJ-NP-Za-km-z]'

export const keys: readonly Detector[] = [
  {
    name: 'private-key',
    placeholder: '[PRIVATE_KEY]',
    family: 'secrets',
    forms: [{ grammar: PRIVATE_KEY }, { grammar: ENCODED_KEY }],
    opening: '-----BEGIN PRIVATE KEY-----\n',
    score: 1,
    source: 'https://www.rfc-editor.org/rfc/rfc7468#section-10',
    found:
      'Here:\n-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n',
    nearMiss: '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----',
  },
  {
    name: 'jwt',
    placeholder: '[JWT]',
    family: 'secrets',
    // Two JSON objects in base64url (`{` and a quote or white space): header and claims. Then the signature.
    forms: [
      {
        grammar: /e[wy][A-Za-z0-9_-]{15,600}\.e[wy][A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)?/,
        notAfter: /[A-Za-z0-9_]|[A-Za-z0-9_\]]-/,
      },
      // Encoded once more, as in Kubernetes secrets.
      { grammar: /ZXlK[A-Za-z0-9_+/-]{60,}={0,2}/, notAfter: /[A-Za-z0-9_+/-]/ },
    ],
    score: 1,
    source: 'https://www.rfc-editor.org/rfc/rfc7519#section-3',
    found: 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.n7cJ0sVtqk3w3l6Q0yQ0Vd2X1s0mM9pJvK4hT8bR2aE',
    nearMiss: 'The header eyJhbGciOiJIUzI1NiJ9 alone.',
  },
  {
    name: 'putty-key',
    placeholder: '[PUTTY_KEY]',
    family: 'secrets',
    forms: [
      { grammar: /[A-Za-z0-9+/=]{16,}(?:\r?\n[A-Za-z0-9+/=]{4,})*/, after: /Private-Lines: [0-9]+\r?\n/ },
    ],
    score: 1,
    source: 'https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html',
    found: 'Private-Lines: 1\nAAAAIC4h0XEzVQ7h4s1p6Q0dJ1Vwq3fJ8o0nYcZzq9cR\nPrivate-MAC: 00',
    nearMiss: 'Public-Lines: 1\nAAAAIC4h0XEzVQ7h4s1p6Q0dJ1Vwq3fJ8o0nYcZzq9cR',
  },
  {
    name: 'age-key',
    placeholder: '[AGE_KEY]',
    family: 'secrets',
    forms: [{ grammar: /AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}/ }],
    score: 1,
    source: 'https://age-encryption.org/v1',
    found: 'AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE',
    nearMiss: 'AGE-SECRET-KEY-1 and age1qpzry9x8',
  },
  {
    name: 'crypto-key',
    placeholder: '[CRYPTO_KEY]',
    family: 'secrets',
    forms: [
      // An extended key of BIP 32, a private key in Wallet Import Format.
      { grammar: new RegExp(`[xyzt]prv${BASE58}{107}`), notAfter: /[A-Za-z0-9_+/]/ },
      { grammar: new RegExp(`5${BASE58}{50}|[KL]${BASE58}{51}`), notAfter: /[A-Za-z0-9_+/]/ },
    ],
    notBefore: /[A-Za-z0-9_+/]/,
    check: isCryptoKey,
    score: 1,
    source: 'https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki',
    found: 'WIF 5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ',
    nearMiss: 'WIF 5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK',
  },
]
