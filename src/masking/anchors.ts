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

/** What begins at a code unit: rules, each with the state that the unit takes it to. */
export interface Beginning {
  readonly rule: Rule
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

  // A gate is told by the rules that it bars, and by the two-unit contexts whose first unit was just read.
  const width = units.length
  const gates = [{ barred: '', armed: '' }]
  const ids = new Map([[' ', 0]])
  const next: number[] = []
  const begin: number[] = []
  const begins: Beginning[][] = [[]]
  const lists = new Map([['', 0]])
  for (let g = 0; g < gates.length; g++) {
    const { barred, armed } = gates[g] as { barred: string; armed: string }
    for (let k = 0; k < width; k++) {
      const after = gateAfter(rules, armed, units[k] as number)
      const key = `${after.barred} ${after.armed}`
      let id = ids.get(key)
      if (id === undefined) {
        ids.set(key, (id = gates.length))
        gates.push(after)
      }
      next.push(id * width)

      const list = rules
        .map((rule) => ({
          rule,
          state: rule.table[rule.grammar.start + (rule.column[k] as number)] as number,
        }))
        .filter(({ rule, state }) => state !== 0 && barred[rule.order] !== '1')
      const name = list.map(({ rule, state }) => `${rule.order}:${state}`).join()
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

function gateAfter(rules: readonly Rule[], armed: string, unit: number): { barred: string; armed: string } {
  let barred = ''
  let arms = ''
  let context = 0
  for (const { grammar } of rules) {
    let bars = false
    for (const sets of grammar.notAfter) {
      const [first, second] = sets as [UnitSet, UnitSet?]
      if (second === undefined) bars ||= contains(first, unit)
      else {
        bars ||= armed[context] === '1' && contains(second, unit)
        arms += Number(contains(first, unit))
        context++
      }
    }
    barred += Number(bars)
  }
  return { barred, armed: arms }
}
