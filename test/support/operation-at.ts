// A dialect's operation, as the gateway finds it: by its path.
import type { Dialect, Operation } from '../../src/dialects/dialect.ts'

export function operationAt(dialect: Dialect, path: string): Operation {
  const route = dialect.route('POST', path)
  if (route?.kind !== 'operation') throw new Error(`${dialect.name} has no operation at ${path}`)
  return route.operation
}
