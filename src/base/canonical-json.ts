// Canonical JSON: JSON Canonicalization Scheme, RFC 8785, for the values that entries hold.

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * The one spelling of a value: keys sorted by UTF-16 code units, no white space, ECMAScript number and string forms.
 * Members that are undefined are left out. Throws a TypeError for NaN, infinities and lone surrogates.
 */
export function canonicalJson(value: Json): string {
  if (isInOrder(value)) return JSON.stringify(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON has no NaN and no infinity')
    return String(value)
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('canonical JSON has no lone surrogates')
    return JSON.stringify(value)
  }
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  let text = ''
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member === undefined) continue
    text += `${text === '' ? '' : ','}${canonicalJson(key)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}

/** Whether JSON.stringify would spell it canonically already, which is several times as fast. */
function isInOrder(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  if (isArray(value)) return value.every(isInOrder)
  let before = ''
  for (const key in value) {
    const member = value[key]
    if (key < before || !key.isWellFormed() || (member !== undefined && !isInOrder(member))) return false
    before = key
  }
  return true
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
