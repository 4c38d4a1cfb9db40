// Keys and signed tokens of open standards.
import type { Detector } from '../detector.ts'

export const keys: readonly Detector[] = [
  {
    name: 'private-key',
    placeholder: '[PRIVATE_KEY]',
    family: 'secrets',
    // The header proves it. Then, as far as they are there: armor headers, base64 that begins with a long run, the footer;
    // between them white space, and the quotes and backslashes of a key that stands in code.
    forms: [
      {
        grammar:
          /-{4,5} ?BEGIN (?:[A-Z0-9]{1,9} ){0,2}PRIVATE KEY(?: BLOCK)? ?-{4,5}(?:(?:[\r\n\\]{1,4}n?(?:Proc-Type|DEK-Info|Version|Comment|Subject|MessageID|Hash|Charset): [^\r\n\\\ud800-\udfff]+)+(?:[\r\n\\](?:[\s"'`,>|\\]{0,24}[A-Za-z0-9+/=]{16,}(?:[\s"'`,>|\\]{1,24}[A-Za-z0-9+/=]+)*)?(?:[\s"'`,>|\\]{0,24}-{4,5} ?END (?:[A-Z0-9]{1,9} ){0,2}PRIVATE KEY(?: BLOCK)? ?-{4,5})?)?|(?:[\s"'`,>|\\]{0,24}[A-Za-z0-9+/=]{16,}(?:[\s"'`,>|\\]{1,24}[A-Za-z0-9+/=]+)*)?(?:[\s"'`,>|\\]{0,24}-{4,5} ?END (?:[A-Z0-9]{1,9} ){0,2}PRIVATE KEY(?: BLOCK)? ?-{4,5})?)/,
      },
    ],
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
    ],
    score: 1,
    source: 'https://www.rfc-editor.org/rfc/rfc7519#section-3',
    found: 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.n7cJ0sVtqk3w3l6Q0yQ0Vd2X1s0mM9pJvK4hT8bR2aE',
    nearMiss: 'The header eyJhbGciOiJIUzI1NiJ9 alone.',
  },
]
