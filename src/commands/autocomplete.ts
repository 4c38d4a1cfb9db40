import { Args } from '@oclif/core'
import { BaseCommand } from '../cli/base-command.ts'
import { completionScript, SET_UP, shellInUse, SHELLS } from '../cli/completion-scripts.ts'

export default class Autocomplete extends BaseCommand {
  static override summary = 'Have your shell complete commands, flags and model names.'
  static override description =
    'Without a shell, says how to turn completion on in yours. With one, prints the script that does it. Models are those that `models` or `login` last saw; while you type, nobody is asked.'
  static override examples = [
    '<%= config.bin %> autocomplete',
    '$ eval "$(<%= config.bin %> autocomplete bash)"',
    '<%= config.bin %> autocomplete fish > ~/.config/fish/completions/sluice.fish',
  ]
  static override args = {
    shell: Args.option({ options: SHELLS, description: 'The shell.' })(),
  }

  async run(): Promise<object> {
    const { args } = await this.parse(Autocomplete)
    const { shell } = args
    if (shell !== undefined) {
      const script = completionScript(shell)
      this.printWhole(script.trimEnd())
      return { shell, script }
    }
    const own = shellInUse()
    const shells = own === undefined ? SHELLS : [own]
    this.print(
      own === undefined
        ? 'To complete what you type, run the line of your shell, then open a new one:'
        : `To complete what you type in ${own}, run this once, then open a new shell:`,
    )
    for (const each of shells) this.print(`  ${SET_UP[each]}`)
    if (own !== undefined)
      this.note(`Another shell? sluice autocomplete ${SHELLS.join('|')} prints its script.`)
    return { shell: own, setUp: Object.fromEntries(shells.map((each) => [each, SET_UP[each]])) }
  }
}
