// The models of a gateway, and what this machine remembers of them, so that shells can complete their names.
import { type ClientStateStore, withGateway } from '../login/client-state.ts'
import { type ApiFetch, servedModels } from '../tunnel/sessions-api.ts'
import type { ServedModel } from '../tunnel/sessions.ts'
import type { Client } from './client.ts'

const PATIENCE_MS = 3_000

/** The models that the caller may use, as the gateway says; their names are remembered. */
export async function listModels(client: Client): Promise<readonly ServedModel[]> {
  const models = await servedModels(client.fetch)
  await rememberModels(client.state, client.gatewayUrl, namesOf(models))
  return models
}

/** Their names, for a gateway where someone has just signed in; undefined where it doesn't tell soon. */
export async function modelNames(fetch: ApiFetch): Promise<readonly string[] | undefined> {
  try {
    return namesOf(await servedModels((path) => fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS) })))
  } catch {
    return undefined
  }
}

async function rememberModels(
  state: ClientStateStore,
  url: string,
  models: readonly string[],
): Promise<void> {
  // Completion is a comfort: where it can't be remembered, the list is as good.
  await state.update((now) => withGateway(now, url, { models })).catch(() => undefined)
}

function namesOf(models: readonly ServedModel[]): readonly string[] {
  return models.map(({ name }) => name)
}
