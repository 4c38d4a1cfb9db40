// Another program, run in this one's place: same terminal, its exit code, signals passed on.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { SluiceError } from '../base/errors.ts'

/**
 * Resolves with its exit code; 128 and the signal's number where a signal ended it. Rejects with ERR_USAGE where it
 * can't be started, which as in a shell is exit code 127 where there is no such command, else 126.
 */
export function runChild(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [file = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', env })
    const pass = (signal: NodeJS.Signals) => {
      // The terminal has sent ^C to the whole group already.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
    for (const signal of signals) process.on(signal, pass)
    const done = () => signals.forEach((signal) => process.off(signal, pass))
    child.on('error', (cause: NodeJS.ErrnoException) => {
      done()
      const [why, exit] =
        cause.code === 'ENOENT' ? ['was not found', 127] : [`can't be started (${cause.code})`, 126]
      reject(new SluiceError('ERR_USAGE', `The command ${file} ${why}.`, { exit, cause }))
    })
    child.on('exit', (code, signal) => {
      done()
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
}
