import { Flags } from '@oclif/core'
import { type Demonstration, startDemonstration } from '../assembly/demo.ts'
import {
  chatOnce,
  type Chat,
  type Check,
  checksOf,
  clientOf,
  signInTo,
  verifiedEntries,
} from '../assembly/quickstart.ts'
import type { SignInStep } from '../assembly/sign-in.ts'
import { entryLine } from '../cli/audit-lines.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { hasBrowser } from '../cli/browser.ts'
import { colour } from '../cli/colour.ts'
import { watchEndSignals } from '../cli/signals.ts'
import { visible } from '../cli/visible.ts'

const KINDS = {
  given: 'the model server that you named',
  found: 'a model server found on this machine',
  demonstration: 'the demonstration model',
}

export default class Quickstart extends BaseCommand {
  static override summary =
    'See sluice at work on this machine: a gateway, a sign-in, one masked and recorded chat.'
  static override description =
    'Starts a gateway on loopback (SQLite in .sluice/), a development identity provider and, where no model server is found, a demonstration model; signs in, chats once through a tunnel, and shows what was seen where. Then it stays up until ^C.'
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
    const { version } = this.config
    const demo = await startDemonstration({ version, folder: flags.store, upstream: flags.upstream })
    try {
      this.showParts(demo, flags.store)
      const without = whyNoBrowser(flags.browser)
      if (without === undefined) this.showPassword(demo)
      const name = await signInTo(demo, without === undefined, (step) => this.showStep(step, !without))
      const how =
        without === undefined ? 'in the browser' : `${without}: the same pages were walked over HTTP`
      this.row('Signed in', `${visible(name)}  ${colour.dim(how)}`)
      const client = await clientOf(demo)
      const chat = await chatOnce(demo, client, version)
      this.showChat(demo, chat)
      const { entries, size } = await verifiedEntries(client)
      this.print(
        `\n${colour.bold('On record')}  ${colour.dim(`each entry's inclusion verified against the signed checkpoint of ${size}`)}`,
      )
      for (const { index, entry } of entries)
        if (index >= (chat.entry ?? 0))
          this.print(`  ${colour.green('✓')} ${entryLine(index, entry, name, Date.now())}`)
      const checks = checksOf(demo, chat, entries)
      this.showChecks(checks)
      const verified = checks.every(({ ok }) => ok)
      if (!verified) process.exitCode = 10
      if (!flags.once) await this.stayUp(demo)
      return {
        verified,
        checks,
        gateway: demo.gatewayUrl,
        model: demo.model.name,
        ...chat,
        checkpoint: { size },
      }
    } finally {
      await demo.close()
    }
  }

  private showParts(demo: Demonstration, store: string): void {
    const { model } = demo
    this.row(
      'Gateway',
      `${demo.gatewayUrl}  ${colour.dim(`SQLite in ${store}/, development identity provider`)}`,
    )
    this.row('Model', `${visible(model.name)}  ${colour.dim(`${KINDS[model.kind]}, at ${model.url}`)}`)
  }

  private showPassword({ identityProvider }: Demonstration): void {
    this.row(
      'Sign in',
      `as ${colour.bold('ada@example.dev')} with the password ${colour.bold(identityProvider.password)}`,
    )
  }

  private showStep(step: SignInStep, browser: boolean): void {
    if (step.step === 'browser' && browser)
      this.note(`${' '.repeat(11)}if no browser opens, go to ${step.url}`)
    if (step.step === 'keychain' && step.kind === 'file') {
      this.note(
        `${colour.yellow('Note')}       tokens are kept in a file that only you can read: ${step.because}`,
      )
    }
  }

  private showChat(demo: Demonstration, chat: Chat): void {
    const log =
      demo.model.kind === 'demonstration'
        ? "from the model's own log"
        : 'as it was passed to the model server'
    this.row('Tunnel', `${chat.tunnelUrl}  ${colour.dim('one streamed chat by the OpenAI SDK')}`)
    this.print()
    this.block('You typed', chat.typed)
    this.block('Model received', chat.received, log)
    this.block('Came back', chat.cameBack)
  }

  private block(title: string, text: string, remark = ''): void {
    this.print(`${colour.bold(title)}${remark === '' ? '' : `  ${colour.dim(remark)}`}`)
    for (const line of text.split('\n').filter((line) => line !== '')) {
      this.print(
        `  ${visible(line).replace(/\[[A-Z][A-Z0-9_]*\]/g, (placeholder) => colour.black.bgYellow(placeholder))}`,
      )
    }
  }

  private showChecks(checks: readonly Check[]): void {
    this.print()
    for (const { what, ok } of checks)
      this.print(`${ok ? colour.green('Verified') : colour.red('FAILED  ')}   ${what}`)
  }

  private async stayUp(demo: Demonstration): Promise<void> {
    const { password } = demo.identityProvider
    this.print(`
${colour.bold('Try')}        in another terminal, while this one stays up (^C ends it):
  bin/run.js whoami
  bin/run.js connect ${visible(demo.model.name)}
  bin/run.js audit tail
  bin/run.js login ${demo.gatewayUrl}   ${colour.dim(`as grace@example.dev (auditor), password ${password}`)}
  bin/run.js audit tail --all
  echo "call me on 212-555-0142" | bin/run.js mask`)
    await watchEndSignals().first
    this.note('Stopping …')
  }

  private row(title: string, text: string): void {
    this.print(`${colour.bold(title.padEnd(9))}  ${text}`)
  }
}

function whyNoBrowser(wanted: boolean): string | undefined {
  if (!wanted) return 'without a browser, as you asked'
  if (!process.stdout.isTTY) return 'no terminal here'
  return hasBrowser() ? undefined : 'no browser here'
}
