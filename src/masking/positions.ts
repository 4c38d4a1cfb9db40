// Positions: the places of a pattern where a unit is read, and which may follow which (Glushkov's construction, 1961).
import { SluiceError } from '../base/errors.ts'
import type { Tree } from './syntax.ts'
import type { UnitSet } from './units.ts'

/** So many more pairs may follow each other than in plain text: optional parts in a row make them by the square of their number. */
const MOST_LINKS = 500_000

/** What a part of a pattern may begin and end with. */
export interface Part {
  readonly nullable: boolean
  readonly first: readonly number[]
  readonly last: readonly number[]
}

/** The places of a pattern where a unit is read, and which may follow which. */
export class Positions {
  /** The sets that positions read, each once; and by position, which of them. */
  readonly sets: UnitSet[] = []
  readonly setOf: number[] = []
  readonly follow: number[][] = []
  private readonly known = new Map<UnitSet | string, number>()
  private links = 0

  add(tree: Tree): Part {
    switch (tree.kind) {
      case 'units': {
        const position = this.setOf.push(this.idOf(tree.set)) - 1
        this.follow.push([])
        return { nullable: false, first: [position], last: [position] }
      }
      case 'sequence':
        return this.joined(tree.items.map((item) => this.add(item)))
      case 'choice': {
        const parts = tree.items.map((item) => this.add(item))
        return {
          nullable: parts.some((part) => part.nullable),
          first: parts.flatMap((part) => part.first),
          last: parts.flatMap((part) => part.last),
        }
      }
      case 'repeat':
        return this.repeat(tree.item, tree.min, tree.max)
    }
  }

  /** One part after the other. */
  joined(parts: readonly Part[]): Part {
    return parts.reduce<Part>((before, part) => this.join(before, part), EMPTY)
  }

  private idOf(set: UnitSet): number {
    let id = this.known.get(set)
    if (id === undefined) {
      const key = set.join()
      id = this.known.get(key) ?? this.sets.push(set) - 1
      this.known.set(key, id).set(set, id)
    }
    return id
  }

  // x{2,4} is x x (x (x)?)?, and x{2,} is x x x*.
  private repeat(item: Tree, min: number, max: number): Part {
    let required = EMPTY
    for (let i = 0; i < min; i++) required = this.join(required, this.add(item))
    if (max === min) return required
    if (max === Infinity) {
      const loop = this.add(item)
      this.link(loop.last, loop.first)
      return this.join(required, { ...loop, nullable: true })
    }
    let first: readonly number[] = []
    const last: number[] = []
    let before: Part | undefined
    for (let i = min; i < max; i++) {
      const copy = this.add(item)
      if (before) this.link(before.last, copy.first)
      else first = copy.first
      last.push(...copy.last)
      before = copy
    }
    return this.join(required, { nullable: true, first, last })
  }

  private join(a: Part, b: Part): Part {
    this.link(a.last, b.first)
    return {
      nullable: a.nullable && b.nullable,
      first: a.nullable ? [...a.first, ...b.first] : a.first,
      last: b.nullable ? [...a.last, ...b.last] : b.last,
    }
  }

  private link(from: readonly number[], to: readonly number[]): void {
    this.links += Math.max(0, from.length * to.length - 1)
    if (this.links > MOST_LINKS) {
      throw new SluiceError(
        'ERR_CONFIG',
        "The pattern can't be used: too many of its parts may be left out.",
        {
          nextSteps: ['Bound its repetitions, and have fewer of them in each other.'],
        },
      )
    }
    for (const position of from) {
      const follow = this.follow[position] as number[]
      for (const next of to) follow.push(next)
    }
  }
}

const EMPTY: Part = { nullable: true, first: [], last: [] }
