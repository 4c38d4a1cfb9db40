import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { colour } from '../../cli/colour.ts'
import { watchEndSignals } from '../../cli/signals.ts'
import { asSluiceError, SluiceError } from '../../base/errors.ts'
import type { AcceptedLoss } from '../../witness/accept-recovery.ts'
import type { WitnessAnswer } from '../../witness/add-checkpoint.ts'

export default class AuditWitness extends BaseCommand {
  static override summary = 'Run a witness, which vouches that a ledger only ever grew.'
  static override description =
    'It cosigns a checkpoint (c2sp.org/tlog-witness) that extends what it cosigned before, and nothing else: a gateway that shows two ledgers gets no cosignature on one of them. Run it on a machine that the gateway’s operators don’t hold. Its folder holds its key and what it cosigned last; never put an older copy of it back. With --json, one object a line.'
  static override examples = [
    '<%= config.bin %> audit witness --name witness.example.com/w1 --log ledger.vkey',
    '<%= config.bin %> audit witness --dir /var/lib/witness --listen 0.0.0.0:8095 --log ledger.vkey',
    '<%= config.bin %> audit witness --log ledger.vkey --accept-recovery entry-1204.tlog-proof',
  ]
  static override flags = {
    dir: Flags.string({
      helpValue: 'DIR',
      default: 'witness',
      description: 'The folder of its key and its state; created where it is missing.',
    }),
    name: Flags.string({ description: 'What it is called; needed when the folder is new.' }),
    listen: Flags.string({
      helpValue: 'HOST:PORT',
      default: '127.0.0.1:8095',
      description: 'Where it listens. What crosses is public, and signed on both sides.',
    }),
    log: Flags.string({
      helpValue: 'KEY|FILE',
      multiple: true,
      multipleNonGreedy: true,
      required: true,
      description: 'The key of a ledger that it knows, as its gateway prints it.',
    }),
    'accept-recovery': Flags.string({
      helpValue: 'FILE',
      description: 'The receipt by which a ledger tells what it lost: cosign on from there.',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditWitness)
    const address = addressIn(flags.listen)
    const signals = watchEndSignals()
    const { startWitness } = await import('../../assembly/witness.ts')
    const witness = await startWitness({
      ...address,
      folder: flags.dir,
      name: flags.name,
      logs: flags.log,
      acceptRecovery: flags['accept-recovery'],
      onAnswer: (answer) => this.tell(answer),
      onFault: (thrown) => {
        const { code, message } = asSluiceError(thrown)
        if (this.jsonEnabled()) this.printJson({ event: 'fault', code, message })
        else this.ask(`${colour.bold.red('Fault')}     ${message}`)
      },
    })
    const { vkey, port, origins, accepted } = witness
    const url = `http://${flags.listen.replace(/\d+$/, String(port))}`
    if (this.jsonEnabled()) this.printJson({ event: 'serving', url, vkey, logs: origins })
    this.print(`Serving   ${url}  ${origins.join(', ')}`)
    this.print(`Witness   ${vkey}`)
    if (accepted) this.tellAccepted(accepted)
    else if (flags['accept-recovery'] !== undefined) {
      if (this.jsonEnabled()) this.printJson({ event: 'nothing-lost' })
      this.note('--accept-recovery: nothing that was cosigned here is lost by it, or it was accepted before.')
    }
    await signals.first
    await witness.stop()
    if (this.jsonEnabled()) this.printJson({ event: 'stopped' })
    this.print('Stopped')
  }

  private tellAccepted({ origin, recovery, seen }: AcceptedLoss): void {
    const { index, restored, lost } = recovery
    const last = (lost?.size ?? restored) - 1
    if (this.jsonEnabled()) this.printJson({ event: 'recovered', origin, entry: index, restored, seen })
    const what = `entries ${restored} to ${last} are lost, as its entry ${index} says; ${seen} were cosigned before`
    this.print(`Recovered ${origin}  ${what}`)
  }

  // What no key of a known log has signed is anybody's, and is not told.
  private tell({ status, checkpoint, unproved }: WitnessAnswer): void {
    if (!checkpoint) return
    const { origin, size } = checkpoint
    const what = status === 200 ? 'cosigned' : 'refused'
    if (this.jsonEnabled()) this.printJson({ event: what, status, origin, size, ...unproved })
    else if (status === 200) this.print(`Cosigned  ${origin}  ${size}`)
    else if (unproved?.isFork) {
      const other = `another ledger of ${size} entries than the one cosigned before`
      this.ask(`${colour.bold.red('FORKED')}    ${origin} has signed ${other}`)
    } else if (unproved) {
      const before = `the ${unproved.known} entries cosigned before: a fork, or a wrong proof`
      this.ask(`${colour.yellow('Unproved')}  ${origin} of ${size} was not shown to extend ${before}`)
    }
  }
}

function addressIn(text: string): { host: string; port: number } {
  const [, host = '', digits] = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(text) ?? []
  if (digits !== undefined && Number(digits) <= 65_535)
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(digits) }
  throw new SluiceError('ERR_USAGE', '--listen must be HOST:PORT, such as 127.0.0.1:8095 or [::1]:8095.')
}
