// Subjects: people under opaque ids. Entries carry the id; name and provider can be erased.
import { newId } from '../base/ids.ts'
import type { Role, Subject } from '../terms/subject.ts'
import type { Person } from './federation.ts'
import type { Records } from './records.ts'
import { hashOf } from './secrets.ts'

export interface Subjects {
  /** The subject of a person, new or known; what the provider now says of them replaces what it said before. */
  remember(person: Person): Promise<Subject>
  find(id: string): Promise<Subject | undefined>
  /** Erases whose the id is. Should they come again, they are another subject. */
  forget(id: string): Promise<void>
}

/** Groups by the role that their people hold. */
export type RoleGroups = { readonly [role in Role]?: readonly string[] | undefined }

interface StoredSubject {
  readonly provider: string
  readonly providerSubject: string
  readonly name: string
  readonly groups: readonly string[]
}

const ROLES: readonly Role[] = ['auditor', 'eraser']

/** Whoever is in one of a role's groups has it, from the next look at their token on. */
export function subjectsIn(records: Records, roleGroups: RoleGroups): Subjects {
  const subjectOf = (id: string, stored: StoredSubject): Subject => ({
    id,
    provider: stored.provider,
    providerSubject: stored.providerSubject,
    name: stored.name,
    groups: stored.groups,
    roles: ROLES.filter((role) => stored.groups.some((group) => roleGroups[role]?.includes(group))),
  })

  return {
    async remember(person) {
      const key = keyOf(person)
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
    // In this order: whoever is interrupted in between finds the rest still to be erased.
    async forget(id) {
      const stored = (await records.get('subject', id)) as StoredSubject | undefined
      if (stored) await records.remove('subject-by-provider', keyOf(stored))
      await records.remove('subject', id)
    },
  }
}

function keyOf({ provider, providerSubject }: Pick<StoredSubject, 'provider' | 'providerSubject'>): string {
  return hashOf(JSON.stringify([provider, providerSubject]))
}
