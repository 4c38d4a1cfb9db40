// Anchors: which detectors may begin at a code unit, given the two units before it; one table look-up.
import type { Detector } from './detector.ts'
import { columnOf, grammarOf, type Grammar } from './grammar.ts'
import { classTable, contains, refine, representatives, type UnitSet } from './units.ts'

/** A detector in force: its grammar over the classes that all detectors of the engine share. */
export interface Rule {
  readonly detector: Detector
  readonly grammar: Grammar
  /** Its place in the policy's order, which breaks ties. */
  readonly order: number
  readonly table: Int32Array
  readonly accepting: number
  /** The grammar's class, by shared class. */
  readonly column: Uint8Array
  /** By shared class: whether a value may not end right before it. */
  readonly barred: Uint8Array
  /** Whether what was read is a value, whatever follows: neither checked nor barred. */
  readonly certain: boolean
}

/** What begins at a code unit: rules, each with the state before that unit and the one after it. */
export interface Beginning {
  readonly rule: Rule
  readonly start: number
  readonly state: number
}

/**
 * A small automaton over the text's classes, whose states are what the units just read bar. At class k in `gate`,
 * `begins[begin[gate + k]]` may begin (0: nothing), and `next[gate + k]` is the gate after it. It starts at gate 0.
 */
export interface Anchors {
  readonly rules: readonly Rule[]
  readonly classes: Uint8Array
  readonly next: Uint32Array
  readonly begin: Uint16Array
  readonly begins: readonly (readonly Beginning[])[]
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

  // A gate is told by the contexts that stand there, and by those of two units whose first one was just read.
  const contexts = rules.flatMap((rule) => rule.grammar.contexts)
  const width = units.length
  const gates: Gate[] = [{ stands: contexts.map(() => false), armed: '' }]
  const ids = new Map([[keyOf(gates[0] as Gate), 0]])
  const next: number[] = []
  const begin: number[] = []
  const begins: (readonly Beginning[])[] = [[]]
  const lists = new Map([['', 0]])
  for (let g = 0; g < gates.length; g++) {
    const { stands, armed } = gates[g] as Gate
    const starts = startsOf(rules, stands)
    for (let k = 0; k < width; k++) {
      const after = gateAfter(contexts, armed, units[k] as number)
      const key = keyOf(after)
      let id = ids.get(key)
      if (id === undefined) {
        ids.set(key, (id = gates.length))
        gates.push(after)
      }
      next.push(id * width)

      const list = rules
        .map((rule, i) => ({
          rule,
          start: starts[i] as number,
          state: stateAfter(rule, starts[i] as number, k),
        }))
        .filter(({ state }) => state !== 0)
      const name = list.map(({ rule, start, state }) => `${rule.order}:${start}:${state}`).join()
      let listed = lists.get(name)
      if (listed === undefined) {
        lists.set(name, (listed = begins.length))
        begins.push(list)
      }
      begin.push(listed)
    }
  }
  return {
    rules,
    classes: classTable(classes),
    next: Uint32Array.from(next),
    begin: Uint16Array.from(begin),
    begins,
  }
}

interface Gate {
  readonly stands: readonly boolean[]
  readonly armed: string
}

function keyOf({ stands, armed }: Gate): string {
  return `${stands.join()} ${armed}`
}

function gateAfter(contexts: Grammar['contexts'], armed: string, unit: number): Gate {
  let arms = ''
  const stands = contexts.map((alternatives) => {
    let found = false
    for (const [first, second] of alternatives as [UnitSet, UnitSet?][]) {
      if (second === undefined) found ||= contains(first, unit)
      else {
        found ||= armed[arms.length] === '1' && contains(second, unit)
        arms += contains(first, unit) ? '1' : '0'
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
