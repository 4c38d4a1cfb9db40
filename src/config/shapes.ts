// What the shapes of sluice.yaml are made of: each with what is allowed, in words, and what it means.
import * as z from 'zod'
/** Names of models and rules. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/

/** Every message completes "must be …": what is allowed at this key. */
export function text(allowed: string, description: string, pattern = /\S/) {
  return z.string({ error: allowed }).regex(pattern, { error: allowed }).meta({ description })
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T, description: string) {
  return z.enum(values, { error: `one of: ${values.join(', ')}` }).meta({ description })
}

export function list(item: string, description: string) {
  const allowed = `a list of ${item}, such as [a, b]`
  const element = z.string({ error: `a text` }).regex(/\S/, { error: 'a text that is not empty' })
  return z.array(element, { error: allowed }).meta({ description })
}

// The message of an unknown key is the list of those that are known: problems.ts makes the sentence.
export function keys<T extends z.core.$ZodShape>(shape: T, description: string) {
  const known = Object.keys(shape).join(', ')
  return z
    .strictObject(shape, {
      error: (issue) => (issue.code === 'unrecognized_keys' ? known : `a mapping with the keys ${known}`),
    })
    .meta({ description })
}

export function patience(description: string) {
  return text('a duration such as 10m', description, /^[1-9]\d{0,3}\s*(ms|s|m)$/)
}

export function flag(description: string) {
  return z.boolean({ error: 'true or false' }).meta({ description })
}
