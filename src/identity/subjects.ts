// Subjects: people under opaque ids. Entries carry the id; name and provider can be erased.
import { newId } from '../base/ids.ts'
import type { Subject } from '../terms/subject.ts'
import type { Person } from './federation.ts'
import type { Records } from './records.ts'
import { hashOf } from './secrets.ts'

export interface Subjects {
  /** The subject of a person, new or known; what the provider now says of them replaces what it said before. */
  remember(person: Person): Promise<Subject>
  find(id: string): Promise<Subject | undefined>
}

interface StoredSubject {
  readonly provider: string
  readonly providerSubject: string
  readonly name: string
  readonly groups: readonly string[]
}

/** `auditorGroups`: whoever is in one of them has the role auditor, from the next look at their token on. */
export function subjectsIn(records: Records, auditorGroups: readonly string[]): Subjects {
  const subjectOf = (id: string, stored: StoredSubject): Subject => ({
    id,
    provider: stored.provider,
    providerSubject: stored.providerSubject,
    name: stored.name,
    groups: stored.groups,
    roles: stored.groups.some((group) => auditorGroups.includes(group)) ? ['auditor'] : [],
  })

  return {
    async remember(person) {
      const key = hashOf(JSON.stringify([person.provider, person.providerSubject]))
      const known = await records.get('subject-by-provider', key)
      const id = typeof known === 'string' ? known : newId('sub')
      const stored = {
        provider: person.provider,
        providerSubject: person.providerSubject,
        name: person.name,
        groups: person.groups,
      }
      await records.put('subject', id, stored)
      if (known !== id) await records.put('subject-by-provider', key, id)
      return subjectOf(id, stored)
    },
    async find(id) {
      const stored = (await records.get('subject', id)) as StoredSubject | undefined
      return stored && subjectOf(id, stored)
    },
  }
}
