// Numbers that a state gives to a person, or to those who treat them.
import { isSsn } from '../checks/ssn.ts'
import { isItin, isNpi } from '../checks/us-numbers.ts'
import type { Detector } from '../detector.ts'
import { announcedBy } from './words.ts'

const NOT_AFTER = /[A-Za-z0-9_]|[A-Za-z0-9_\]][.-]/
const TAXPAYER = announcedBy('ssn', 'itin', 'social security', 'taxpayer', ' social', 'tax id')
// Medicare: digits, letters without S, L, O, I, B and Z, and where either may stand.
const LETTER = '[AC-HJKMNP-RT-Yac-hjkmnp-rt-y]'
const EITHER = '[0-9AC-HJKMNP-RT-Yac-hjkmnp-rt-y]'
// In Medicare's own sample a digit's place is shown as 9, a letter's as X.
const MBI = `[1-9]${LETTER}${EITHER}[0-9]-?${LETTER}${EITHER}[0-9]-?${LETTER}{2}[0-9]{2}`

export const identity: readonly Detector[] = [
  {
    name: 'ssn',
    placeholder: '[SSN]',
    shown: 4,
    family: 'personal',
    forms: [
      {
        grammar: /[0-8][0-9]{2}(?:-[0-9]{2}-|\.[0-9]{2}\.| [0-9]{2} )[0-9]{4}/,
        notAfter: NOT_AFTER,
      },
      {
        grammar: /[0-8][0-9]{2}[ .-]?[0-9]{2}[ .-]?[0-9]{4}/,
        after: TAXPAYER,
        notAfter: NOT_AFTER,
      },
    ],
    notBefore: /[A-Za-z0-9_]/,
    check: isSsn,
    score: 0.9,
    source: 'https://www.ssa.gov/employer/randomization.html',
    found: 'SSN 536-90-4399 on file.',
    nearMiss: 'Part 666-90-4399 in stock.',
  },
  {
    name: 'itin',
    placeholder: '[ITIN]',
    shown: 4,
    family: 'personal',
    forms: [
      { grammar: /9[0-9]{2}(?:-[0-9]{2}-| [0-9]{2} )[0-9]{4}/, notAfter: NOT_AFTER },
      {
        grammar: /9[0-9]{2}[ .-]?[0-9]{2}[ .-]?[0-9]{4}/,
        after: TAXPAYER,
        notAfter: NOT_AFTER,
      },
    ],
    notBefore: /[A-Za-z0-9_]/,
    check: isItin,
    score: 0.9,
    source: 'https://www.irs.gov/individuals/individual-taxpayer-identification-number',
    found: 'ITIN 912-70-1234 on file.',
    nearMiss: 'ITIN 912-89-1234 on file.',
  },
  {
    name: 'npi',
    placeholder: '[NPI]',
    family: 'personal',
    // Ten digits are anything, and one in ten has the checksum: so they must be announced, or be grouped.
    forms: [
      {
        grammar: /[12][0-9]{3}(?:[0-9]{6}|-[0-9]{3}-[0-9]{3}| [0-9]{3} [0-9]{3})/,
        after: announcedBy('npi', 'provider'),
        notAfter: NOT_AFTER,
      },
      { grammar: /[12][0-9]{3}(?:-[0-9]{3}-[0-9]{3}| [0-9]{3} [0-9]{3})/, notAfter: NOT_AFTER },
    ],
    notBefore: /[A-Za-z0-9_]/,
    check: isNpi,
    score: 0.9,
    source:
      'https://www.cms.gov/regulations-and-guidance/administrative-simplification/nationalprovidentstand',
    found: 'Provider NPI: 1234567893',
    nearMiss: 'Order 1234567893, provider NPI: 1234567890',
  },
  {
    name: 'medicare-id',
    placeholder: '[MEDICARE_ID]',
    family: 'personal',
    forms: [{ grammar: new RegExp(MBI), notAfter: NOT_AFTER }],
    notBefore: /[A-Za-z0-9_]/,
    score: 0.9,
    source:
      'https://www.cms.gov/medicare/new-medicare-card/understanding-new-medicare-beneficiary-identifier-mbi',
    found: 'Medicare 1EG4-TE5-MK73',
    nearMiss: 'Medicare 1SG4-TE5-MK73',
  },
]
