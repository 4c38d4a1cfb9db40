// Ways to reach a person: mail addresses and telephone numbers.
import { isPhoneNumber } from '../checks/phone.ts'
import type { Detector } from '../detector.ts'

export const contact: readonly Detector[] = [
  {
    name: 'email',
    placeholder: '[EMAIL]',
    family: 'personal',
    // Letters beyond ASCII: Latin, Greek, Cyrillic (RFC 6531), scripts that put spaces between words. The first label
    // of the domain is not a digit and an x: `icon@2x.png` is an image.
    grammar:
      /[A-Za-z0-9_À-ɏͰ-ԯ][A-Za-z0-9_À-ɏͰ-ԯ.%+'-]{0,63}@(?:[A-Za-zÀ-ɏͰ-ԯ][A-Za-z0-9_À-ɏͰ-ԯ-]{0,62}|[0-9](?:[A-WYZa-wyz0-9_À-ɏͰ-ԯ-][A-Za-z0-9_À-ɏͰ-ԯ-]{0,61}|[Xx][A-Za-z0-9_À-ɏͰ-ԯ-]{1,61})?)(?:\.[A-Za-z0-9_À-ɏͰ-ԯ][A-Za-z0-9_À-ɏͰ-ԯ-]{0,62}){0,7}\.(?:[A-Za-zͰ-ԯ]{2,24}|xn--[A-Za-z0-9-]{1,59})/,
    notAfter: /[A-Za-z0-9_À-ɏͰ-ԯ]|[A-Za-z0-9_À-ɏͰ-ԯ\]][.%+'-]/,
    score: 1,
    source: 'https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1',
    found: 'Write to ada.lovelace@example.com.',
    nearMiss: 'Deploy with @example.com and icon@2x.png.',
  },
  {
    name: 'phone',
    placeholder: '[PHONE]',
    family: 'personal',
    // International, without and with a group in brackets; 00 for +; North American; trunk prefix 0; 3-3-2-2.
    grammar:
      /\+[1-9](?:[ .\u00a0\u202f-]?[0-9]){6,14}|\+[1-9][0-9]{0,2} ?\([0-9]{1,5}\) ?[0-9](?:[ .\u00a0\u202f-]?[0-9]){3,10}|00[1-9](?:[ .-]?[0-9]){8,13}|(?:[1-9][0-9]{0,2}[ .-])?(?:\([0-9]{3}\)[ .-]?|[0-9]{3}[.-])[0-9]{3}[ .-][0-9]{4}(?: ?(?:x|ext\.?) ?[0-9]{1,5})?|(?:1[ .-])?[2-9][0-9]{2} [0-9]{3}[ .-][0-9]{4}|0 ?[1-9](?:[ ./-]?[0-9]){7,10}|\(0[1-9][0-9]{0,4}\)(?:[ ./-]?[0-9]){4,9}|0 ?\([1-9][0-9]{1,4}\)(?:[ ./-]?[0-9]){5,9}|[2-9][0-9]{2}(?: [0-9]{3} [0-9]{2} [0-9]{2}|-[0-9]{3}-[0-9]{2}-[0-9]{2}|\.[0-9]{3}\.[0-9]{2}\.[0-9]{2})/,
    notAfter: /[A-Za-z0-9_+]|[A-Za-z0-9_\]][.,:/-]/,
    notBefore: /[A-Za-z0-9_]/,
    check: isPhoneNumber,
    score: 0.8,
    source: 'https://www.itu.int/rec/T-REC-E.164',
    found: 'Call +44 20 7946 0958 today.',
    nearMiss: 'Due on 01-02-2024 at 10:30.',
  },
]
