// The CLI's outermost frame: finds the command, has oclif run it, and makes sure that whatever is thrown is told well.
import { Config } from '@oclif/core'
import { fileURLToPath } from 'node:url'
import { ownFlags, readCommandLine } from './command-line.ts'
import { endWithoutKeychain } from './end.ts'
import { HelpPages } from './help.ts'
import { jsonLine, toStderr, watchOutput } from './output.ts'
import { renderError } from './render-error.ts'

export async function main(args: string[], url: string): Promise<void> {
  watchOutput()
  try {
    const config = await Config.load(fileURLToPath(url))
    if (args[0] === '--version') return void process.stdout.write(`${config.userAgent}\n`)
    const line = readCommandLine(args, config)
    if (line.help || line.id === undefined) {
      return await new HelpPages(config).showHelp(line.id === undefined ? [] : [line.id])
    }
    await config.runCommand(line.id, line.args)
  } catch (thrown) {
    const { text, json, exit } = renderError(thrown)
    if (ownFlags(args).includes('--json')) process.stdout.write(jsonLine(json))
    else toStderr(text)
    process.exitCode = exit
  }
  endWithoutKeychain()
}
