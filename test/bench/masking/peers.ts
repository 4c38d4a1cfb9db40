// Other maskers, run beside this one: redact-pii and secretlint, whose trees are too heavy to be dependencies. They are
// installed into peers/ when they are asked for.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

export interface Peer {
  readonly name: string
  /** Masks the text, or finds what is in it, in the peer's own way. */
  run(text: string): unknown
}

interface RedactPii {
  readonly SyncRedactor: new () => { redact(text: string): string }
}
interface Secretlint {
  lintSource(task: unknown): Promise<unknown>
}
interface Preset {
  readonly creator: unknown
}

const folder = fileURLToPath(new URL('peers/', import.meta.url))

/** The peers, installed where they aren't yet; none where that fails. */
export async function installedPeers(): Promise<readonly Peer[]> {
  if (!existsSync(`${folder}node_modules`)) {
    const { status } = spawnSync('npm ci --ignore-scripts --omit=optional', {
      cwd: folder,
      shell: true,
    })
    if (status !== 0) return []
  }
  const { SyncRedactor } = await load<RedactPii>('redact-pii')
  const { lintSource } = await load<Secretlint>('@secretlint/core')
  const { creator } = await load<Preset>('@secretlint/secretlint-rule-preset-recommend')
  const redactor = new SyncRedactor()
  const rules = [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }]
  return [
    { name: 'redact-pii', run: (text) => redactor.redact(text) },
    {
      name: 'secretlint, finding only',
      run: (content) =>
        lintSource({
          source: { content, filePath: 'text.txt', ext: '.txt', contentType: 'text' },
          options: { config: { rules } },
        }),
    },
  ]
}

async function load<T>(name: string): Promise<T> {
  const path = createRequire(`${folder}package.json`).resolve(name)
  return (await import(pathToFileURL(path).href)) as T
}
