// Numbers by which money moves: payment cards, bank accounts, banks, wallets.
import { isBic } from '../checks/bic.ts'
import { isCardNumber, lastCardNumber } from '../checks/card.ts'
import { isCryptoAddress, lastCryptoAddress } from '../checks/crypto-address.ts'
import { isIban, lastIban } from '../checks/iban.ts'
import { isAba } from '../checks/us-numbers.ts'
import type { Detector } from '../detector.ts'
import { announcedBy } from './words.ts'

// A fraction's digits are no card number; what stands after a comma may be: it is a column.
const NOT_AFTER = /[A-Za-z0-9_]|[0-9\]]\./

// A bank's code, of one kind or the other.
const BANK = announcedBy(' bic', 'swift', 'routing', ' aba', 'transit')

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
    lastValid: lastCardNumber,
    score: 1,
    source: 'https://www.iso.org/standard/70484.html',
    found: 'Paid with 4111 1111 1111 1111.',
    nearMiss: 'Order 4111 1111 1111 1112.',
  },
  {
    name: 'card-code',
    placeholder: '[CARD_CODE]',
    family: 'personal',
    forms: [
      {
        grammar: /[0-9]{3,4}/,
        after: announcedBy(' cv[cvCV]2?', 'card security code', 'card verification (?:code|value)'),
        notAfter: NOT_AFTER,
      },
    ],
    notBefore: /[A-Za-z0-9_]/,
    score: 0.8,
    source: 'https://www.pcisecuritystandards.org/glossary/#glossary-c',
    found: 'valid to 04/27, CVV 311',
    nearMiss: 'rows 311 to 737, a CVC of 12',
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
    lastValid: lastIban,
    score: 1,
    source: 'https://www.swift.com/standards/data-standards/iban-international-bank-account-number',
    found: 'To DE89 3704 0044 0532 0130 00 please.',
    nearMiss: 'To DE88 3704 0044 0532 0130 00 please.',
  },
  {
    name: 'bic',
    placeholder: '[BIC]',
    family: 'personal',
    // Eight capitals are a word in capitals, unless they are announced.
    forms: [
      {
        grammar: /[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?/,
        after: BANK,
        notAfter: /[A-Za-z0-9_]/,
      },
    ],
    notBefore: /[A-Za-z0-9_]/,
    check: isBic,
    score: 0.8,
    source: 'https://www.swift.com/standards/data-standards/bic-business-identifier-code',
    found: 'BIC: DEUTDEFF500',
    nearMiss: 'DEUTDEFF, BIC: ABSTRACT',
  },
  {
    name: 'aba-routing',
    placeholder: '[ABA_ROUTING]',
    family: 'personal',
    forms: [
      {
        grammar: /[0-9]{4}(?:[0-9]{5}|-[0-9]{4}-[0-9])/,
        after: BANK,
        notAfter: /[A-Za-z0-9_]|[A-Za-z0-9_\]][.-]/,
      },
      { grammar: /[0-9]{4}-[0-9]{4}-[0-9]/, notAfter: /[A-Za-z0-9_]|[A-Za-z0-9_\]][.-]/ },
    ],
    notBefore: /[A-Za-z0-9_-]/,
    check: isAba,
    score: 0.8,
    source: 'https://www.aba.com/about-us/routing-number',
    found: 'Routing number 121000358',
    nearMiss: 'Order 121000358, routing number 121000359',
  },
  {
    name: 'crypto-address',
    placeholder: '[CRYPTO_ADDRESS]',
    family: 'personal',
    forms: [
      { grammar: /[123mn][1-9A-HJ-NP-Za-km-z]{25,34}/, notAfter: /[A-Za-z0-9_+/]/ },
      {
        grammar: /(?:bc|tb)1[02-9ac-hj-np-z]{11,71}|(?:BC|TB)1[02-9AC-HJ-NP-Z]{11,71}/,
        notAfter: /[A-Za-z0-9_]/,
      },
      { grammar: /0x[0-9A-Fa-f]{40}/, notAfter: /[A-Za-z0-9_]/ },
    ],
    notBefore: /[A-Za-z0-9_+/]/,
    check: isCryptoAddress,
    lastValid: lastCryptoAddress,
    score: 0.9,
    source: 'https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki',
    found: 'Send to bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq.',
    nearMiss: 'Send to bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdx.',
  },
]
