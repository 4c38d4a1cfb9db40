// A process under test, as its parent holds it: started, asked for its vitals, ended.
import { type ChildProcess, fork } from 'node:child_process'
import type { Asked, Vitals } from './probe.ts'

export interface Child<Started> {
  /** What it said once it served. */
  readonly started: Started
  vitals(asked?: Asked): Promise<Vitals>
  stop(): Promise<void>
}

/** Starts a module of this folder that says something once it serves, and then answers as probe.ts does. */
export async function startChild<Started>(module: string, args: readonly string[]): Promise<Child<Started>> {
  // Node's loader, 5 MB of it, would otherwise be let go of at some collection or other, between two readings of the heap too.
  const options = {
    execArgv: ['--disable-warning=ExperimentalWarning', '--expose-gc', '--no-flush-bytecode'],
  }
  const child = bound(fork(new URL(module, import.meta.url), args, options))
  const started = (await message(child)) as Started
  let asking: Promise<unknown> = Promise.resolve()
  return {
    started,
    // One question at a time: answers don't say which they belong to.
    vitals(asked = 'vitals') {
      const answer = asking.then(() => {
        child.send(asked)
        return message(child) as Promise<Vitals>
      })
      asking = answer.catch(() => undefined)
      return answer
    },
    stop: () => ended(child),
  }
}

/** Goes when this process goes, however it ends. */
export function bound(child: ChildProcess): ChildProcess {
  process.once('exit', () => child.kill('SIGKILL'))
  return child
}

/** Ends it in an orderly way; resolves once it is gone. */
export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

function message(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void =>
      reject(new Error(`the process under test ended with ${code}`))
    child.once('exit', onExit)
    child.once('message', (value) => {
      child.off('exit', onExit)
      resolve(value)
    })
  })
}
