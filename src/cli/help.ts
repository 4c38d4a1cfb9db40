// Help as the framework lays it out, in what the terminal at hand can show, with where to begin.
import { Help, type Interfaces } from '@oclif/core'
import { colouredFor } from './colour.ts'
import { toStdout } from './output.ts'

const FIRST_STEPS = ['login https://gw.example.com', 'models', 'connect MODEL', 'COMMAND --help']

// Below it, what a flag means stands on lines of its own, which the framework makes two columns too long.
const NARROW = 60

export class HelpPages extends Help {
  constructor(config: Interfaces.Config, opts: Partial<Interfaces.HelpOptions> = {}) {
    super(config, opts)
    if (this.opts.maxWidth < NARROW) this.opts.maxWidth -= 2
  }

  override formatRoot(): string {
    const steps = FIRST_STEPS.map((step) => `$ ${this.config.bin} ${step}`).join('\n')
    return `${super.formatRoot()}\n\n${this.section('FIRST STEPS', steps)}`
  }

  protected override log(...texts: string[]): void {
    toStdout(colouredFor('stdout', texts.join(' ')))
  }
}
