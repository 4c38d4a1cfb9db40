// This machine's client state.
import { stateFolder } from '../adapters/client-state/folder.ts'
import { stateFile } from '../adapters/client-state/state-file.ts'
import type { ClientStateStore } from '../login/client-state.ts'

export function clientState(): ClientStateStore {
  return stateFile(stateFolder())
}
