// What every command shares: --json, --quiet, --no-color, where output goes, and how errors end it.
import { Command, Flags } from '@oclif/core'
import { colouredFor, setColour } from './colour.ts'
import { ownFlags } from './command-line.ts'
import { jsonLine, toStderr, toStdout } from './output.ts'
import { renderError } from './render-error.ts'
import { refuseValues } from './usage-error.ts'
import { visibleJson } from './visible.ts'

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true

  static override baseFlags = {
    json: Flags.boolean({ description: 'Print JSON instead of text.', helpGroup: 'GLOBAL' }),
    quiet: Flags.boolean({ char: 'q', description: 'No progress and no remarks.', helpGroup: 'GLOBAL' }),
    'no-color': Flags.boolean({ description: 'Print without colour (also: NO_COLOR).', helpGroup: 'GLOBAL' }),
  }

  protected quiet = false

  override async init(): Promise<void> {
    await super.init()
    const own = ownFlags(this.argv)
    this.quiet = own.includes('--quiet') || own.includes('-q')
    refuseValues(own, this.known)
    setColour(!own.includes('--no-color') && !process.env['NO_COLOR'])
  }

  private get known() {
    const { id = '', flags, baseFlags } = this.ctor
    return { id, flags: { ...baseFlags, ...flags } }
  }

  /** A result, on stdout; silent under --json, where the command's return value is printed instead. */
  protected print(text = ''): void {
    if (!this.jsonEnabled()) toStdout(colouredFor('stdout', text))
  }

  /** The same for what another program reads, such as a shell: not a letter of it is changed. */
  protected printWhole(text: string): void {
    if (!this.jsonEnabled()) process.stdout.write(`${text}\n`)
  }

  /** One JSON object as one line on stdout: for long-running output under --json. */
  protected printJson(value: object): void {
    process.stdout.write(jsonLine(value))
  }

  // oclif prints a command's return value by this.
  override logJson(value: unknown): void {
    process.stdout.write(`${visibleJson(value, 2)}\n`)
  }

  /** Progress and remarks, on stderr; silent under --quiet. */
  protected note(text: string): void {
    if (!this.quiet) this.ask(text)
  }

  /** What a person must see, or nothing goes on: on stderr, also under --quiet. */
  protected ask(text: string): void {
    toStderr(colouredFor('stderr', text))
  }

  // Under --json the error is one JSON object on stdout; the exit code says the same in both forms.
  override async catch(thrown: Error): Promise<void> {
    const rendered = renderError(thrown, this.known)
    if (this.jsonEnabled()) this.printJson(rendered.json)
    else toStderr(rendered.text)
    process.exitCode = rendered.exit
  }
}
