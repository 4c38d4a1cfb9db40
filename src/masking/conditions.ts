// Conditions: where rules start, by the contexts that stand there.
import type { Contexts } from './contexts.ts'
import type { Rule } from './product.ts'

/** The conditions under which rules begin. Many rules have the same ones, so each list of them is looked at once. */
export class Conditions {
  private readonly rules: readonly Rule[]
  private readonly lists: (readonly Numbered[])[] = []
  /** By rule: which of the lists is its own. */
  private readonly listOf: readonly number[]

  constructor(rules: readonly Rule[], { numbers }: Contexts) {
    const known = new Map<string, number>()
    const numberOf = (pattern?: string): number =>
      pattern === undefined ? NO_CONTEXT : (numbers.get(pattern) as number)
    this.rules = rules
    this.listOf = rules.map(({ grammar: { conditions } }) => {
      const list = conditions.map(({ after, notAfter }) => ({
        after: numberOf(after),
        notAfter: numberOf(notAfter),
      }))
      const key = list.map(({ after, notAfter }) => `${after} ${notAfter}`).join()
      const place = known.get(key) ?? this.lists.push(list) - 1
      known.set(key, place)
      return place
    })
  }

  /** By rule: where it starts after these contexts; 0: it doesn't. */
  startsAfter(contexts: ReadonlySet<number>): readonly number[] {
    const meets = ({ after, notAfter }: Numbered): boolean =>
      (after === NO_CONTEXT || contexts.has(after)) && !contexts.has(notAfter)
    const met = this.lists.map((list) =>
      list.reduce((bits, condition, i) => bits | (meets(condition) ? 1 << i : 0), 0),
    )
    return this.rules.map(
      ({ grammar, order }) => grammar.starts[met[this.listOf[order] as number] as number] as number,
    )
  }
}

const NO_CONTEXT = -1

/** A condition with the numbers of its contexts. */
interface Numbered {
  readonly after: number
  readonly notAfter: number
}
