// Completion as shells ask for it at every press of Tab: from what this machine has and remembers. Asks no network, and
// never fails: a line that can't be completed just isn't.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stateFolder } from '../adapters/client-state/folder.ts'
import { complete, type CommandShape } from '../cli/complete.ts'
import type { ClientState } from '../login/client-state.ts'

interface PackageFile {
  readonly oclif: { readonly topics: { readonly [name: string]: { readonly description?: string } } }
}

/**
 * `sluice complete COUNT WORD…`: the words after `sluice`, of which there are COUNT, the last of them being typed (shells
 * lose it where it is empty). The first line is `files`, `programs` or nothing: what the shell should offer besides.
 * Then a line a word: the word, a tab, what it is.
 */
export function printCompletion([count = '', ...words]: readonly string[], root: URL): void {
  const typed = Array.from({ length: Math.min(Number(count), 1000) }, (_, i) => words[i] ?? '')
  const { commands } = readJson<{ commands: { [id: string]: CommandShape } }>(
    new URL('oclif.manifest.json', root),
  )
  const { topics } = readJson<PackageFile>(new URL('package.json', root)).oclif
  const state = rememberedState()
  const completion = complete(typed, {
    commands,
    topics,
    gateways: () => Object.keys(state?.gateways ?? {}),
    models: (gateway = process.env['SLUICE_GATEWAY']) => modelsOf(state, gateway),
  })
  const lines = completion.words.map(([word, about]) => `${word}\t${about.replace(/\s+/g, ' ')}`)
  process.stdout.write(`${[completion.also ?? '', ...lines].join('\n')}\n`)
}

function modelsOf(state: ClientState | undefined, gateway = state?.current): readonly string[] {
  const known = Object.entries(state?.gateways ?? {})
  const [, found] = known.find(([url]) => url === gateway || url.endsWith(`//${gateway}`)) ?? []
  return Array.isArray(found?.models) ? found.models.filter((name) => typeof name === 'string') : []
}

// Without the check of its shape, which would cost more than all the rest: nothing here is done by it.
function rememberedState(): ClientState | undefined {
  try {
    return readJson<ClientState>(join(stateFolder(), 'state.json'))
  } catch {
    return undefined
  }
}

function readJson<T>(path: string | URL): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}
