// Help as the framework lays it out, in what the terminal at hand can show, with where to begin.
import { Help } from '@oclif/core'
import { colouredFor } from './colour.ts'
import { toStdout } from './output.ts'

const FIRST_STEPS = ['login https://gw.example.com', 'models', 'connect MODEL', 'COMMAND --help']

export class HelpPages extends Help {
  override formatRoot(): string {
    const steps = FIRST_STEPS.map((step) => `$ ${this.config.bin} ${step}`).join('\n')
    return `${super.formatRoot()}\n\n${this.section('FIRST STEPS', steps)}`
  }

  protected override log(...texts: string[]): void {
    toStdout(colouredFor('stdout', texts.join(' ')))
  }
}
