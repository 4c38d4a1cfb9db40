// Leaders: in one pass over the candidates, the first one of every rule, on which the rule's next match depends.

const NOWHERE = -1

export class Leaders {
  private pass = 0
  private readonly passes: Int32Array
  private readonly through: Float64Array

  constructor(rules: number) {
    this.passes = new Int32Array(rules)
    this.through = new Float64Array(rules)
  }

  /** Begins a pass: no rule is led. */
  begin(): void {
    this.pass = (this.pass + 1) | 0
  }

  /** Up to where the leader of the rule at this place in the policy certainly matches, at least its start; -1: none leads. */
  of(order: number): number {
    return this.passes[order] === this.pass ? (this.through[order] as number) : NOWHERE
  }

  lead(order: number, through: number): void {
    this.passes[order] = this.pass
    this.through[order] = through
  }
}
