// Numbers that a state gives to a person.
import { isSsn } from '../checks/ssn.ts'
import type { Detector } from '../detector.ts'

export const identity: readonly Detector[] = [
  {
    name: 'ssn',
    placeholder: '[SSN]',
    shown: 4,
    family: 'personal',
    forms: [
      {
        grammar: /[0-8][0-9]{2}(?:-[0-9]{2}-|\.[0-9]{2}\.| [0-9]{2} )[0-9]{4}/,
        notAfter: /[A-Za-z0-9_]|[A-Za-z0-9_\]][.-]/,
      },
    ],
    notBefore: /[A-Za-z0-9_]/,
    check: isSsn,
    score: 0.9,
    source: 'https://www.ssa.gov/employer/randomization.html',
    found: 'SSN 536-90-4399 on file.',
    nearMiss: 'Part 666-90-4399 in stock.',
  },
]
