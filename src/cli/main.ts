// The CLI's outermost frame: hands the arguments to oclif and makes sure that whatever is thrown is told well.
import { execute } from '@oclif/core'
import { renderError } from './render-error.ts'

export async function main(args: string[], url: string): Promise<void> {
  try {
    await execute({ args, dir: url })
  } catch (thrown) {
    const { text, exit } = renderError(thrown)
    process.stderr.write(text)
    process.exitCode = exit
  }
}
