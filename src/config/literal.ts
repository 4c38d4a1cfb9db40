// Secrets that stand in the file itself.
import type { Path, Source } from './source.ts'

export function warnOfLiteral(source: Source, value: string | undefined, path: Path): void {
  if (value !== undefined && !source.isReference(path))
    source.report('warning', path, 'a secret stands in the file itself; use ${env:NAME} or ${file:PATH}')
}
