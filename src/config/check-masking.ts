// What the company masks by: names, modes and their key; of patterns and lists, what those know who run them.
import { nearest } from '../base/nearest.ts'
import type { Checks } from './checks.ts'
import type { MaskingConfig } from './gateway-config.ts'
import { warnOfLiteral } from './literal.ts'
import type { ConfigFile } from './schema.ts'

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
const LONGEST_NAME = 48

export function checkMasking({ file, source, detectors, flawsOfMasking }: Checks): void {
  const { masking } = file
  if (!masking) return
  const error = (path: readonly (string | number)[], message: string, at?: 'key' | 'value') =>
    source.report('error', ['masking', ...path], message, at)
  for (const name of Object.keys(masking.detectors)) {
    const path = ['detectors', name]
    if (!NAME.test(name) || name.length > LONGEST_NAME || name in {})
      error(
        path,
        `must be named in lower case with hyphens, such as employee-id, in at most ${LONGEST_NAME} characters`,
        'key',
      )
    else if (detectors?.includes(name))
      error(path, 'is the name of what there is already; choose another', 'key')
    else if (!isNamed(name, masking, file.policy ?? []) && !file.wrong.includes('policy'))
      source.report(
        'warning',
        ['masking', ...path],
        'is in no mask list of the policy: nothing is masked by it',
        'key',
      )
  }
  if (detectors) {
    const known = [...detectors.filter((name) => name !== 'all'), ...Object.keys(masking.detectors)]
    for (const name of Object.keys(masking.modes)) {
      if (known.includes(name)) continue
      const near = nearest(name, known)
      const hint = near ? `; did you mean ${near}?` : '; those there are: sluice mask --list-detectors'
      error(['modes', name], `is an unknown detector or family${hint}`, 'key')
    }
  }
  const key = masking.hash_key
  warnOfLiteral(source, key, ['masking', 'hash_key'])
  const isHashed = [masking.mode, ...Object.values(masking.modes)].includes('hash')
  if (key === undefined && isHashed)
    error(
      ['hash_key'],
      'is missing: what is hashed needs a secret, such as ${file:hash.key}; make one: openssl rand -base64 32',
    )
  for (const { path, message } of flawsOfMasking?.(maskingOf(masking)) ?? []) {
    // What is wrong with the value, or below it, has been told: this follows from it.
    const key = ['masking', ...path].join('.')
    if (!source.problems.some((problem) => problem.key.startsWith(key))) error(path, message)
  }
}

// Whether a rule masks by the detector: by its name, its family or all.
function isNamed(
  name: string,
  { detectors }: ConfigFile['masking'],
  policy: NonNullable<Checks['file']['policy']>,
) {
  const words = new Set(['all', name, detectors[name]?.family])
  return policy.some(
    (rule) => !rule || [...rule.mask.request, ...rule.mask.reply].some((word) => words.has(word)),
  )
}

/** As those who mask take it. */
export function maskingOf({
  detectors,
  mode,
  modes,
  hash_key: hashKey,
}: ConfigFile['masking']): MaskingConfig {
  const own = Object.entries(detectors).map(([name, detector]) => {
    const { ignore_case: ignoreCase, not_after: notAfter, words, ...rest } = detector
    return [
      name,
      {
        ...rest,
        ignoreCase,
        ...(notAfter !== undefined && { notAfter }),
        ...(words !== undefined && { words: wordsOf(words) }),
      },
    ]
  })
  return {
    detectors: Object.fromEntries(own) as MaskingConfig['detectors'],
    mode,
    modes,
    ...(hashKey !== undefined && { hashKey }),
  }
}

function wordsOf(words: string | readonly string[]): readonly string[] {
  const lines = [words].flat().flatMap((text) => text.split('\n'))
  return lines.map((line) => line.trim()).filter((line) => line !== '')
}
