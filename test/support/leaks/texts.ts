// The texts of a JSON document, with those of JSON within them.

export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value, ...within(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

function within(text: string): string[] {
  try {
    return /^["[{]/.test(text) ? textsOf(JSON.parse(text)) : []
  } catch {
    return []
  }
}
