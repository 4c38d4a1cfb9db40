// Numbers by which money moves: payment cards and bank accounts.
import { isCardNumber } from '../checks/card.ts'
import { isIban } from '../checks/iban.ts'
import type { Detector } from '../detector.ts'

// A fraction's digits are no card number.
const NOT_AFTER = /[A-Za-z0-9_]|[0-9\]][.,]/

export const finance: readonly Detector[] = [
  {
    name: 'card',
    placeholder: '[CARD]',
    shown: 4,
    family: 'personal',
    forms: [
      { grammar: /[1-68][0-9]{11,18}/, notAfter: NOT_AFTER },
      // As printed: 4-4-4-4 and up to 3 more, 4-6-5, 4-6-4.
      {
        grammar: /[2-68][0-9]{3}(?:[ .\u00a0-][0-9]{4}){3}(?:[ .\u00a0-]?[0-9]{1,3})?/,
        notAfter: NOT_AFTER,
      },
      { grammar: /3[0-9]{3}[ .\u00a0-][0-9]{6}[ .\u00a0-][0-9]{4,5}/, notAfter: NOT_AFTER },
    ],
    notBefore: /[A-Za-z0-9_]/,
    check: isCardNumber,
    score: 1,
    source: 'https://www.iso.org/standard/70484.html',
    found: 'Paid with 4111 1111 1111 1111.',
    nearMiss: 'Order 4111 1111 1111 1112.',
  },
  {
    name: 'iban',
    placeholder: '[IBAN]',
    shown: 4,
    family: 'personal',
    forms: [
      {
        grammar: /[A-Za-z]{2}[0-9]{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}/,
        notAfter: /[A-Za-z0-9_]/,
      },
    ],
    notBefore: /[A-Za-z0-9_]/,
    check: isIban,
    score: 1,
    source: 'https://www.swift.com/standards/data-standards/iban-international-bank-account-number',
    found: 'To DE89 3704 0044 0532 0130 00 please.',
    nearMiss: 'To DE88 3704 0044 0532 0130 00 please.',
  },
]
