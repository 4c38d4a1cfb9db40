// Policy v0: which groups may use which model, and what is masked. Pure: facts in, decision out.
import type { Decision, Direction, Facts, Needs } from '../terms/decision.ts'

/** One rule; the first whose model and group both fit decides. `'*'` fits every model, or everyone signed in. */
export interface Rule {
  readonly name: string
  readonly models: readonly string[]
  readonly groups: readonly string[]
  /** What is masked, as the policy words it; empty: nothing is inspected, by the operator's explicit word. */
  readonly mask: { readonly [direction in Direction]: readonly string[] }
  /** The same as detector names, families expanded. */
  readonly detectors: { readonly [direction in Direction]: readonly string[] }
}

export interface Policy {
  /** What must be gathered before `evaluate` can decide for these groups on this model. */
  needs(groups: readonly string[], model: string): Needs
  evaluate(facts: Facts): Decision
  /** Whether any rule lets these groups use the model. */
  allows(groups: readonly string[], model: string): boolean
}

const NOTHING = { request: [], reply: [] }

export function createPolicy(rules: readonly Rule[]): Policy {
  const ruleFor = (groups: readonly string[], model: string): Rule | undefined =>
    rules.find((rule) => fits(rule.models, [model]) && fits(rule.groups, groups))

  return {
    needs(groups, model) {
      const rule = ruleFor(groups, model)
      return rule ?? { detectors: NOTHING, mask: NOTHING }
    },
    evaluate(facts) {
      const rule = ruleFor(facts.subjectGroups, facts.model)
      if (!rule) return deny('none', 'no-rule', 'No rule lets you use this model.')
      return refusal(rule, facts) ?? allow(rule)
    },
    allows: (groups, model) => ruleFor(groups, model) !== undefined,
  }
}

/** Promise 3: what a mask in force can't look into, or can't rewrite, does not pass. */
function refusal(rule: Rule, facts: Facts): Decision | undefined {
  const masked = (direction: Direction) => rule.detectors[direction].length > 0
  if (masked('request') && facts.opaque.request.length > 0) {
    const parts = facts.opaque.request.slice(0, 3).join(', ')
    return deny(
      rule.name,
      'not-inspectable',
      `Policy masks requests to this model, and this can't be inspected: ${parts}.`,
    )
  }
  if (masked('reply') && facts.opaque.reply.length > 0) {
    const parts = facts.opaque.reply.join(', ')
    return deny(
      rule.name,
      'reply-not-inspectable',
      `Policy masks replies of this model, and this asks for parts that can't be inspected: ${parts}.`,
    )
  }
  if (facts.beyond.length > 0) {
    const parts = facts.beyond.slice(0, 3).join(', ')
    return deny(
      rule.name,
      'beyond-exchange',
      `The model server would keep this, or call others for it, and nobody would see what passes: ${parts}.`,
    )
  }
  const inStructure = Object.keys(facts.structure)
  if (inStructure.length > 0) {
    return deny(
      rule.name,
      'finding-in-structure',
      `An id, name or key of the request holds what policy masks (${inStructure.join(', ')}); it can't be rewritten.`,
    )
  }
  return undefined
}

function allow(rule: Rule): Decision {
  const directions: Direction[] = ['request', 'reply']
  const obligations = directions
    .filter((direction) => rule.detectors[direction].length > 0)
    .map((direction) => ({ kind: 'mask' as const, direction, detectors: rule.detectors[direction] }))
  return { effect: 'allow', rule: rule.name, reasons: [], obligations }
}

function deny(rule: string, code: string, message: string): Decision {
  return { effect: 'deny', rule, reasons: [{ code, message }], obligations: [] }
}

function fits(wanted: readonly string[], held: readonly string[]): boolean {
  return wanted.includes('*') || held.some((name) => wanted.includes(name))
}
