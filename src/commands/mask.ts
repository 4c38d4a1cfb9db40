import { once } from 'node:events'
import { Args, Flags } from '@oclif/core'
import { listDetectors, offlineMasking, type OfflineMasking } from '../assembly/offline.ts'
import { SluiceError } from '../base/errors.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { linesOf, readText } from '../cli/read-text.ts'
import { table } from '../cli/table.ts'
import type { Finding } from '../terms/finding.ts'

const LONGEST_EXAMPLE = 60

export default class Mask extends BaseCommand {
  static override summary = 'Mask a file or stdin, offline, as the gateway would.'
  static override description =
    'Prints the text with every value that a detector finds replaced by its placeholder, as soon as it is decided. With --json, the masked text and the findings: detector, start and end (UTF-16 code units of the input, end exclusive), score; never the value.'
  static override examples = [
    '<%= config.bin %> mask notes.txt',
    '$ tail -f app.log | <%= config.bin %> mask --policy secrets,email',
    '<%= config.bin %> mask notes.txt --json',
    '<%= config.bin %> mask --list-detectors',
    '<%= config.bin %> mask --list-detectors --policy sluice.yaml',
  ]
  // Without ignoreStdin, oclif would take what is piped in for the file's name.
  static override args = {
    file: Args.string({ ignoreStdin: true, description: 'What to mask; stdin where absent, or "-".' }),
  }
  static override flags = {
    policy: Flags.string({
      default: 'all',
      helpValue: 'NAMES|FILE',
      description:
        'Detectors and families to mask by, with commas between; or a sluice.yaml, for all that its rules name, as its masking says.',
    }),
    jsonl: Flags.boolean({
      description: 'Read one JSON string a line, answer one JSON object a line: {"text", "findings"}.',
    }),
    stream: Flags.integer({
      min: 1,
      helpValue: 'N',
      description: 'Feed the engine N characters at a time; the result is the same.',
    }),
    'list-detectors': Flags.boolean({
      description: 'List the detectors that --policy names, with their families and an example of each.',
    }),
  }

  async run(): Promise<object | undefined> {
    const { args, flags } = await this.parse(Mask)
    if (flags['list-detectors']) return this.list(flags.policy)
    process.stdout.on('error', endOfReader)
    const masking = await offlineMasking(flags.policy)
    const input = readText(args.file)
    if (flags.jsonl) return this.maskLines(masking, input, flags.stream)
    let text = ''
    const findings: Finding[] = []
    for await (const piece of masking.stream(input, flags.stream)) {
      if (!this.jsonEnabled()) await write(piece.text)
      else {
        text += piece.text
        findings.push(...piece.findings)
      }
    }
    return { text, findings }
  }

  private async maskLines(
    masking: OfflineMasking,
    input: AsyncIterable<string>,
    step: number | undefined,
  ): Promise<undefined> {
    let number = 0
    for await (const line of linesOf(input)) {
      number++
      if (line.trim() === '') continue
      await write(`${JSON.stringify(masking.text(stringOf(line, number), step))}\n`)
    }
  }

  private async list(policy: string): Promise<object> {
    const detectors = await listDetectors(policy)
    this.print(
      table(
        ['DETECTOR', 'FAMILY', 'LEAVES AS', 'EXAMPLE'],
        detectors.map(({ name, family, placeholder, example }) => [
          name,
          family,
          placeholder,
          example.length > LONGEST_EXAMPLE ? `${example.slice(0, LONGEST_EXAMPLE)}…` : example,
        ]),
      ),
    )
    return { detectors }
  }
}

function stringOf(line: string, number: number): string {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'string') return value
  } catch {
    // Told below.
  }
  throw new SluiceError('ERR_USAGE', `Line ${number} is not a JSON string.`)
}

// `sluice mask | head`: nobody reads on, so there is nothing left to do.
function endOfReader(): void {
  process.exit()
}

async function write(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
}
