import { Args, Flags } from '@oclif/core'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { SluiceError } from '../../base/errors.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { TEMPLATE } from '../../config/template.ts'

export default class GatewayInit extends BaseCommand {
  static override summary = 'Write a commented configuration file to start from.'
  static override examples = [
    '<%= config.bin %> gateway init',
    '<%= config.bin %> gateway init /etc/sluice/sluice.yaml',
  ]
  static override args = { file: Args.string({ default: 'sluice.yaml', description: 'The file to write.' }) }
  static override flags = {
    force: Flags.boolean({ char: 'f', description: 'Replace the file where it exists.' }),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(GatewayInit)
    const file = resolve(args.file)
    try {
      writeFileSync(file, TEMPLATE, { flag: flags.force ? 'w' : 'wx' })
    } catch (error) {
      throw couldNotWrite(args.file, error)
    }
    this.print(`Wrote ${args.file}`)
    this.note(`  → Name your identity provider and models in it, then: sluice gateway check ${args.file}`)
    return { file }
  }
}

function couldNotWrite(file: string, error: unknown): SluiceError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EEXIST')
    return new SluiceError('ERR_USAGE', `${file} exists already.`, {
      nextSteps: ['Replace it with --force, or name another file.'],
    })
  return new SluiceError('ERR_CONFIG', `${file} could not be written (${code}).`, {
    nextSteps: ['Name a file in a folder that exists and is yours to write.'],
    cause: error,
  })
}
