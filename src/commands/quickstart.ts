import { Flags } from '@oclif/core'
import { type Demonstration, startDemonstration } from '../assembly/demo.ts'
import {
  chatOnce,
  checksOf,
  clientOf,
  currentGateway,
  leaveNoTrace,
  signInTo,
  verifiedEntries,
} from '../assembly/quickstart.ts'
import type { SignInStep } from '../assembly/sign-in.ts'
import { entryLine } from '../cli/audit-lines.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { whyNoBrowser } from '../cli/browser.ts'
import { colour } from '../cli/colour.ts'
import { toRead } from '../cli/output.ts'
import { chatLines, checkLines, partsLines, row, tryLines } from '../cli/quickstart-lines.ts'
import { watchEndSignals } from '../cli/signals.ts'
import { visible } from '../cli/visible.ts'

export default class Quickstart extends BaseCommand {
  static override summary =
    'See sluice at work on this machine: a gateway, a sign-in, one masked and recorded chat.'
  static override description =
    'Starts a gateway on loopback (SQLite in .sluice/), a development identity provider and, where no model server is found, a demonstration model; signs in, chats once through a tunnel, and shows what was seen where. Then it stays up until ^C, and leaves you signed in where you were before.'
  static override examples = [
    '<%= config.bin %> quickstart',
    '<%= config.bin %> quickstart --upstream http://127.0.0.1:11434/v1',
  ]
  static override flags = {
    upstream: Flags.string({
      description: 'Base URL of an OpenAI-compatible model server.',
      helpValue: 'URL',
    }),
    once: Flags.boolean({
      description: 'Stop after the demonstration; exit code 0 only if every step was verified.',
    }),
    browser: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'Sign in through the browser where there is one.',
    }),
    store: Flags.string({ default: '.sluice', description: 'Folder of the store.', helpValue: 'DIR' }),
  }

  async run(): Promise<object> {
    const { flags } = await this.parse(Quickstart)
    const demo = await startDemonstration({
      version: this.config.version,
      folder: flags.store,
      upstream: flags.upstream,
    })
    const before = await currentGateway()
    try {
      this.print(partsLines(demo.gatewayUrl, flags.store, demo.model))
      const name = await this.signIn(demo, whyNoBrowser(flags.browser))
      const told = await this.demonstrate(demo, name)
      if (!flags.once) await this.stayUp(demo)
      return told
    } finally {
      await leaveNoTrace(demo, before)
      await demo.close()
    }
  }

  private async signIn(demo: Demonstration, without: string | undefined): Promise<string> {
    const browser = without === undefined
    if (browser) {
      const { password } = demo.identityProvider
      this.print(
        row('Sign in', `as ${colour.bold('ada@example.dev')} with the password ${colour.bold(password)}`),
      )
    }
    const name = await signInTo(demo, browser, (step) => this.tell(step, browser))
    const how = browser ? 'in the browser' : `${without}: the same pages were walked over HTTP`
    this.print(row('Signed in', visible(name), how))
    return name
  }

  private async demonstrate(demo: Demonstration, name: string): Promise<object> {
    const client = await clientOf(demo)
    const chat = await chatOnce(demo, client, this.config.version)
    this.print(row('Tunnel', chat.tunnelUrl, 'one streamed chat by the OpenAI SDK'))
    this.print(`\n${toRead(chatLines(chat, demo.model.kind))}\n`)
    const { entries, size } = await verifiedEntries(client)
    const against = `each entry's inclusion verified against the signed checkpoint of ${size}`
    this.print(`${colour.bold('On record')}  ${colour.dim(against)}`)
    for (const { index, entry } of entries) {
      if (index >= (chat.entry ?? 0))
        this.print(toRead(`  ${colour.green('✓')} ${entryLine(index, entry, name, Date.now())}`))
    }
    const checks = checksOf(demo, chat, entries)
    this.print(`\n${checkLines(checks)}`)
    const verified = checks.every(({ ok }) => ok)
    if (!verified) process.exitCode = 10
    return {
      verified,
      checks,
      gateway: demo.gatewayUrl,
      model: demo.model.name,
      ...chat,
      checkpoint: { size },
    }
  }

  private tell(step: SignInStep, browser: boolean): void {
    if (step.step === 'browser' && browser)
      this.note(`${' '.repeat(11)}if no browser opens, go to ${step.url}`)
    if (step.step === 'keychain' && step.kind === 'file') {
      this.note(
        `${colour.yellow('Note')}       tokens are kept in a file that only you can read: ${step.because}`,
      )
    }
  }

  private async stayUp(demo: Demonstration): Promise<void> {
    this.print(`\n${tryLines(demo.gatewayUrl, demo.model.name, demo.identityProvider.password)}`)
    await watchEndSignals().first
    this.note('Stopping …')
  }
}
