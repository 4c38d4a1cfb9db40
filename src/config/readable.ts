// What of a file has its shape although another part has not: so that every mistake is told at once.
import type { core } from 'zod'
import { configSchema, type ConfigFile } from './schema.ts'
import type { Path } from './source.ts'

type Listed = 'models' | 'policy'

/** In lists, undefined stands for an item whose shape is wrong. */
export type ReadableFile = { readonly [K in Exclude<keyof ConfigFile, Listed>]?: ConfigFile[K] } & {
  readonly [K in Listed]?: readonly (ConfigFile[K][number] | undefined)[]
} & {
  /** Keys whose values have not their shape, and are left out. */
  readonly wrong: readonly string[]
  /** The names of all models, of those that are wrong otherwise too; undefined where they can't be told. */
  readonly modelNames?: readonly string[]
  /** The same of the company's own detectors. */
  readonly ownDetectors?: readonly string[]
}

/** A file that has its shape. */
export function whole(file: ConfigFile): ReadableFile {
  return {
    ...file,
    wrong: [],
    modelNames: file.models.map(({ name }) => name),
    ownDetectors: Object.keys(file.masking.detectors),
  }
}

/** What is left of a file without what the issues are about. */
export function readable(value: unknown, issues: readonly core.$ZodIssue[]): ReadableFile {
  const rest = isMapping(value) ? structuredClone(value) : {}
  for (const issue of issues)
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) Reflect.deleteProperty(at(rest, issue.path as Path), key)
  const found: { [key: string]: unknown } = {}
  const wrong: string[] = []
  for (const [key, schema] of Object.entries(configSchema.shape)) {
    const part = schema.safeParse(rest[key])
    if (part.success) found[key] = part.data
    else wrong.push(key)
  }
  for (const key of ['models', 'policy'] as const) {
    const list = rest[key]
    const { element } = configSchema.shape[key]
    if (Array.isArray(list)) found[key] = list.map((item) => element.safeParse(item).data)
  }
  const models = Array.isArray(rest['models']) ? rest['models'] : [undefined]
  const modelNames = models.map((model: unknown) => (isMapping(model) ? model['name'] : undefined))
  if (modelNames.every((name) => typeof name === 'string')) found['modelNames'] = modelNames
  const masking = rest['masking'] ?? {}
  const own = isMapping(masking) ? (masking['detectors'] ?? {}) : undefined
  if (isMapping(own)) found['ownDetectors'] = Object.keys(own)
  return { ...found, wrong }
}

function at(value: object, path: Path): object {
  return path.reduce((found, part) => (found as { [key in typeof part]: object })[part] as object, value)
}

function isMapping(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
