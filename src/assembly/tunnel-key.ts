// The key of a model's tunnels on this machine, made of a secret that is this user's alone.
import { stateFolder } from '../adapters/client-state/folder.ts'
import { tunnelSecret } from '../adapters/client-state/tunnel-secret.ts'
import { keyOfModel } from '../tunnel/key.ts'

/** Rejects with ERR_STORE where the secret can't be read or kept. */
export async function tunnelKey(gatewayUrl: string, model: string): Promise<string> {
  return keyOfModel(await tunnelSecret(stateFolder()), gatewayUrl, model)
}
