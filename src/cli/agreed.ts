// Asking a person before what can't be undone.
import { createInterface } from 'node:readline/promises'
import { SluiceError } from '../base/errors.ts'

/** Whether the person at the terminal says yes. Rejects with ERR_USAGE where there is none; `without` is how to do without. */
export async function agreed(question: string, without: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new SluiceError('ERR_USAGE', 'Nobody is there to be asked.', { nextSteps: [without] })
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`${question} [y/N] `)
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}
