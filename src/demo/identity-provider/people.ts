// The people that the development identity provider knows.

export interface Person {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly groups: readonly string[]
}

export const PEOPLE: readonly Person[] = [
  { id: 'ada', email: 'ada@example.dev', name: 'Ada Example', groups: ['engineering'] },
  { id: 'grace', email: 'grace@example.dev', name: 'Grace Example', groups: ['engineering', 'security'] },
  { id: 'linus', email: 'linus@example.dev', name: 'Linus Example', groups: [] },
]
