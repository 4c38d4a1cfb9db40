import { Args, Flags } from '@oclif/core'
import { type SignInStep, signIn } from '../assembly/sign-in.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { colour } from '../cli/colour.ts'
import { gatewayFlag } from '../cli/gateway-flag.ts'
import { until } from '../cli/times.ts'
import { rotationLine } from '../cli/rotation-line.ts'
import { visible } from '../cli/visible.ts'

const PATIENCE_MS = 5 * 60_000

export default class Login extends BaseCommand {
  static override summary = 'Sign in at a gateway, through the browser.'
  static override description =
    'Opens your company’s sign-in page and then one that names this machine; nothing is granted without your click there.\nTokens are kept in the system’s keychain, or in a file that only you can read where there is none.'
  static override examples = [
    '<%= config.bin %> login https://gw.example.com',
    '<%= config.bin %> login --no-browser',
  ]
  static override args = { url: Args.string({ description: 'The gateway; by default the one in use.' }) }
  static override flags = {
    gateway: gatewayFlag,
    browser: Flags.boolean({
      default: true,
      allowNo: true,
      description: 'Open the browser here; without it, sign in by a code on any other device.',
    }),
    ca: Flags.string({
      description: 'PEM file of your company’s certificate authority; remembered for this gateway.',
      helpValue: 'FILE',
    }),
    'allow-file': Flags.boolean({ description: 'Keep tokens in a private file instead of the keychain.' }),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Login)
    const record = await signIn({
      gateway: args.url ?? flags.gateway,
      browser: flags.browser,
      ca: flags.ca,
      allowFile: flags['allow-file'],
      timeoutMs: PATIENCE_MS,
      tell: (step) => this.tell(step),
    })
    const { url, subject, signInExpiresAt, keychain } = record
    const name = visible(subject?.name ?? '')
    this.print(`${colour.green('Signed in')}  as ${name} at ${url}, until ${until(signInExpiresAt ?? 0)}`)
    this.note('  → sluice models')
    return { gateway: url, name: subject?.name, signInExpiresAt, keychain }
  }

  // What a person must see to go on is shown even under --quiet.
  private tell(step: SignInStep): void {
    if (step.step === 'keychain') {
      if (step.kind === 'file') {
        this.note(
          `${colour.yellow('Note')}       ${step.because} Tokens are kept in a file that only you can read.`,
        )
      }
    } else if (step.step === 'clock') {
      this.note(`${colour.yellow('Note')}       ${clockNote(step.aheadMs)}`)
    } else if (step.step === 'rotated') {
      this.note(rotationLine(step.rotation))
    } else if (step.step === 'browser') {
      this.ask(`Opening    your browser. If nothing opens, go to\n  ${visible(step.url)}`)
    } else {
      this.ask(
        `On any device, open\n  ${visible(step.url)}\nand type  ${colour.bold(visible(step.code))}\nOr open\n  ${visible(step.complete)}`,
      )
    }
  }
}

function clockNote(aheadMs: number): string {
  const minutes = Math.max(1, Math.round(Math.abs(aheadMs) / 60_000))
  const much = minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
  const which = aheadMs > 0 ? 'ahead of' : 'behind'
  return `This machine’s clock is ${much} ${which} the gateway’s. Set the one that is wrong, if the sign-in fails.`
}
