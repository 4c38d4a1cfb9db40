// The end of a command, although the keychain was asked and still has not answered.
import { ERRORS } from '../base/errors.ts'

/** So long is what is still on its way to a terminal or a pipe waited for. */
const LAST_WORDS_MS = 500

/** A call to the keychain that hangs can't be taken back, and would keep the process for good: it ends without it. */
export function endWithoutKeychain(): void {
  const { exit } = ERRORS.ERR_KEYCHAIN
  if (process.exitCode === exit) setTimeout(() => leave(exit), LAST_WORDS_MS).unref()
}

// process.exit() waits for the threads that calls are made in; becoming another program, which ends at once, does not.
function leave(exit: number): never {
  if (process.platform !== 'win32') process.execve?.('/bin/sh', ['sh', '-c', `exit ${exit}`], {})
  process.kill(process.pid, 'SIGKILL')
  process.exit()
}
