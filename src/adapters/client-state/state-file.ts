// The client's state as one JSON file, replaced whole.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../../base/errors.ts'
import type { ClientState, ClientStateStore } from '../../login/client-state.ts'
import { withLock } from '../../login/lock.ts'
import { replaceFile } from '../../login/replace-file.ts'
import { faultOf } from './state-shape.ts'

export function stateFile(folder: string): ClientStateStore {
  const path = join(folder, 'state.json')

  async function load(): Promise<ClientState> {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { v: 1, gateways: {} }
      throw unusable(path, 'it is not readable', error)
    }
    const state = parse(text)
    const fault = faultOf(state)
    if (fault !== undefined) throw unusable(path, fault)
    return state as ClientState
  }

  return {
    load,
    async update(change) {
      return withLock(join(folder, 'state.lock'), async () => {
        const next = change(await load())
        // What could not be loaded again is better told now.
        const fault = faultOf(JSON.parse(JSON.stringify(next)))
        if (fault !== undefined)
          throw new SluiceError('ERR_STORE', `What was to be remembered in ${path} can't be: ${fault}.`)
        await replaceFile(path, `${JSON.stringify(next, null, 2)}\n`)
        return next
      })
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unusable(path: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('ERR_STORE', `The client's state in ${path} can't be used: ${why}.`, {
    nextSteps: [`Mend it, or move ${path} away and sign in anew: sluice login URL`],
    cause,
  })
}
