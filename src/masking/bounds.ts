// Bounds: how much text a grammar can hold back, and what would end the waiting (contract, section 7).
import type { Detector } from './detector.ts'
import { accepts, grammarOf, isInRunUp, unusable, type Grammar } from './grammar.ts'
import { classOf, representatives } from './units.ts'

/** The longest run of code units that may stay undecided. */
export const LONGEST_UNDECIDED = 1024
/** More states than this come of a pattern whose parts overlap too much. */
const MOST_STATES = 8192
/** And to make more than this takes seconds. */
const MOST_WORK = 10_000_000

const FEWER = 'Let fewer of its parts match the same characters, or bound their repetitions.'
const SHORTER = 'Bound its repetitions, or name the beginning that proves a value (commit).'

/** Throws ERR_CONFIG where a detector could hold back more than LONGEST_UNDECIDED code units, or has too many states. */
export function verifyBounds(detector: Detector): void {
  const grammar = grammarOf(detector)
  if (detector.literal) return
  const provesItself = !detector.check && !detector.notBefore
  const isDecided = (state: number): boolean => provesItself && accepts(state)
  const states = reachable(grammar)
  if (!states)
    throw unusable(detector, `needs more than ${MOST_STATES} states, or too much to make them`, FEWER)
  const longest = new Map<number, number>()
  for (const state of states) {
    if (longestUndecided(grammar, state, isDecided, longest) > LONGEST_UNDECIDED) {
      throw unusable(detector, `can stay undecided for more than ${LONGEST_UNDECIDED} characters`, SHORTER)
    }
  }
}

function reachable(grammar: Grammar): ReadonlySet<number> | undefined {
  const states = new Set(grammar.starts.filter((state) => state !== 0))
  for (const state of states) {
    for (let k = 0; k < grammar.classes.count; k++) {
      const next = grammar.next(state, k)
      if (next !== 0) states.add(next)
    }
    if (states.size > MOST_STATES || grammar.work > MOST_WORK) return undefined
  }
  return states
}

// How many units the longest run through undecided states reads; Infinity where they form a loop.
function longestUndecided(
  grammar: Grammar,
  state: number,
  isDecided: (state: number) => boolean,
  longest: Map<number, number>,
): number {
  const known = longest.get(state)
  if (known !== undefined) return known
  longest.set(state, Infinity)
  let length = 0
  for (let k = 0; k < grammar.classes.count; k++) {
    const next = grammar.next(state, k)
    if (next === 0 || (isInRunUp(state) && isInRunUp(next))) continue
    length = Math.max(length, isDecided(next) ? 1 : 1 + longestUndecided(grammar, next, isDecided, longest))
  }
  if (isInRunUp(state)) length += grammar.runUp - 1
  longest.set(state, length)
  return length
}

/** Whether a value of the detector may begin with `text`. */
export function mayBeginWith(detector: Detector, text: string): boolean {
  const grammar = grammarOf(detector)
  let states = grammar.starts.filter((state) => state !== 0)
  for (let i = 0; i < text.length && states.length > 0; i++) {
    const k = classOf(grammar.classes, text.charCodeAt(i))
    states = states.map((state) => grammar.next(state, k)).filter((state) => state !== 0)
  }
  return states.length > 0
}

/** The shortest text that takes `state` to a match: how the engine can justify what it holds back. */
export function shortestMatch(grammar: Grammar, state: number): string {
  const units = representatives(grammar.classes)
  const seen = new Set([state])
  const queue: [state: number, text: string][] = [[state, '']]
  for (const [current, text] of queue) {
    if (accepts(current)) return text
    for (let k = 0; k < units.length; k++) {
      const next = grammar.next(current, k)
      if (next === 0 || seen.has(next)) continue
      seen.add(next)
      queue.push([next, text + String.fromCharCode(units[k] as number)])
    }
  }
  throw new RangeError('a state that reaches no match')
}
