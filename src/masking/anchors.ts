// Anchors: what may begin at a code unit, given the two units before it; one table look-up.
import type { Detector } from './detector.ts'
import { columnOf, grammarOf, type Grammar } from './grammar.ts'
import { Product, type Rule } from './product.ts'
import { classTable, contains, refine, representatives } from './units.ts'

/**
 * A small automaton over the text's classes, whose states tell which contexts stand before a code unit. A candidate whose
 * first unit is of class k begins, at `gate`, in the product's state `begin[gate + k]` (0: none does), and
 * `next[gate + k]` is the gate after it. Text starts at gate 0.
 */
export interface Anchors {
  readonly rules: readonly Rule[]
  readonly classes: Uint8Array
  readonly product: Product
  readonly next: Uint32Array
  readonly begin: Uint32Array
}

export function anchorsOf(detectors: readonly Detector[]): Anchors {
  const grammars = detectors.map(grammarOf)
  const classes = refine(grammars.map((grammar) => grammar.classes))
  const units = representatives(classes)
  const rules = detectors.map((detector, order): Rule => {
    const grammar = grammars[order] as Grammar
    return {
      detector,
      grammar,
      order,
      table: grammar.table,
      accepting: grammar.accepting,
      column: Uint8Array.from(units, (unit) => columnOf(grammar, unit)),
      barred: Uint8Array.from(units, (unit) => Number(contains(grammar.notBefore, unit))),
      certain: !detector.check && !detector.notBefore,
    }
  })
  const product = new Product(units.length)

  // A gate is told by the contexts that stand there, and by those of two units whose first one was just read.
  const contexts = rules.flatMap(({ grammar }) =>
    grammar.contexts.map((alternatives) =>
      alternatives.map((sets) => sets.map((set) => units.map((unit) => contains(set, unit)))),
    ),
  )
  const width = units.length
  const gates: Gate[] = [{ stands: contexts.map(() => false), armed: '' }]
  const ids = new Map([[keyOf(gates[0] as Gate), 0]])
  const next: number[] = []
  const begin: number[] = []
  for (let g = 0; g < gates.length; g++) {
    const { stands, armed } = gates[g] as Gate
    const starts = startsOf(rules, stands)
    for (let k = 0; k < width; k++) {
      const after = gateAfter(contexts, armed, k)
      const key = keyOf(after)
      let id = ids.get(key)
      if (id === undefined) {
        ids.set(key, (id = gates.length))
        gates.push(after)
      }
      next.push(id * width)

      const threads = rules.map((rule, i) => ({ rule, state: stateAfter(rule, starts[i] as number, k) }))
      begin.push(product.stateOf(threads.filter(({ state }) => state !== 0)))
    }
  }
  return {
    rules,
    classes: classTable(classes),
    product,
    next: Uint32Array.from(next),
    begin: Uint32Array.from(begin),
  }
}

interface Gate {
  readonly stands: readonly boolean[]
  readonly armed: string
}

function keyOf({ stands, armed }: Gate): string {
  return `${stands.join()} ${armed}`
}

/** By alternative and unit of a context: the classes that it reads. */
type Context = readonly (readonly (readonly boolean[])[])[]

function gateAfter(contexts: readonly Context[], armed: string, k: number): Gate {
  let arms = ''
  const stands = contexts.map((context) => {
    let found = false
    for (const [first, second] of context) {
      if (second === undefined) found ||= first?.[k] === true
      else {
        found ||= armed[arms.length] === '1' && second[k] === true
        arms += first?.[k] ? '1' : '0'
      }
    }
    return found
  })
  return { stands, armed: arms }
}

// Each rule's start, by the contexts that don't stand here.
function startsOf(rules: readonly Rule[], stands: readonly boolean[]): number[] {
  let context = 0
  return rules.map(({ grammar }) => {
    let free = 0
    grammar.contexts.forEach((_, i) => (free |= stands[context++] ? 0 : 1 << i))
    return grammar.starts[free] as number
  })
}

function stateAfter(rule: Rule, start: number, k: number): number {
  return start === 0 ? 0 : (rule.table[start + (rule.column[k] as number)] as number)
}
