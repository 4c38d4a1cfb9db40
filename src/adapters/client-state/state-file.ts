// The client's state as one JSON file, replaced whole.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../../base/errors.ts'
import type { ClientState, ClientStateStore } from '../../login/client-state.ts'
import { withLock } from '../../login/lock.ts'
import { replaceFile } from '../../login/replace-file.ts'

export function stateFile(folder: string): ClientStateStore {
  const path = join(folder, 'state.json')

  async function load(): Promise<ClientState> {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { v: 1, gateways: {} }
      throw unreadable(path, 'it is not readable', error)
    }
    const state = parse(text)
    if (!state) throw unreadable(path, 'it is damaged, or of another version')
    return state
  }

  return {
    load,
    async update(change) {
      return withLock(join(folder, 'state.lock'), async () => {
        const next = change(await load())
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await replaceFile(path, `${JSON.stringify(next, null, 2)}\n`)
        return next
      })
    },
  }
}

function parse(text: string): ClientState | undefined {
  try {
    const state = JSON.parse(text) as ClientState
    if (state.v !== 1 || typeof state.gateways !== 'object' || state.gateways === null) return undefined
    const whole = Object.entries(state.gateways).every(
      ([url, record]) =>
        record.url === url && typeof record.issuer === 'string' && typeof record.ledger?.vkey === 'string',
    )
    return whole ? state : undefined
  } catch {
    return undefined
  }
}

function unreadable(path: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('ERR_STORE', `The client's state in ${path} can't be used: ${why}.`, {
    nextSteps: [`Move ${path} away, then sluice login.`],
    cause,
  })
}
