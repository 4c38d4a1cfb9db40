// Where the ledger and the records are kept: a folder, or a PostgreSQL database and the file of the ledger's key.
import { isLoopback } from '../base/loopback.ts'
import type { Checks } from './checks.ts'
import { DATABASE_FORM, isDatabase, parseDatabaseAddress, TLS_MODES } from './database-address.ts'
import type { DatabaseAddress } from './database-address.ts'
import { whyUnreadable } from './references.ts'

const PARAMETERS = ['sslmode', 'sslrootcert']

export function checkStore({ file, source, readFile, resolvePath }: Checks): void {
  const { store, ledger_key: key } = file
  if (store === undefined) return
  const error = (message: string) => source.report('error', ['store'], message)
  if (!isDatabase(store)) {
    if (key !== undefined)
      source.report(
        'error',
        ['ledger_key'],
        'is for a store in a database: a folder holds its own ledger.key',
      )
    return
  }
  const address = readable(store)
  if (!address || address.host === '' || address.user === '')
    return error(`must be ${DATABASE_FORM}, with %40 for an @ in the password, or the path of a folder`)
  const { searchParams } = new URL(store)
  for (const name of searchParams.keys())
    if (!PARAMETERS.includes(name))
      error(`has an unknown parameter ${name}; allowed: ${PARAMETERS.join(', ')}`)
  const mode = searchParams.get('sslmode')
  if (mode !== null && !TLS_MODES.includes(mode)) error(`must have an sslmode of: ${TLS_MODES.join(', ')}`)
  if (!address.tls && !isLoopback(address.host))
    source.report('warning', ['store'], 'goes without TLS beyond loopback: everyone on the way can read it')
  if (address.password !== undefined && !source.isReference(['store']))
    source.report(
      'warning',
      ['store'],
      'a password stands in the file itself; use ${env:NAME} or ${file:PATH}',
    )
  if (address.rootCertificate === undefined) return
  const path = resolvePath(address.rootCertificate)
  try {
    readFile(path)
  } catch (thrown) {
    error(`names a sslrootcert that ${whyUnreadable(thrown)}: ${path}`)
  }
}

function readable(store: string): DatabaseAddress | undefined {
  try {
    return parseDatabaseAddress(store)
  } catch {
    return undefined
  }
}

/** Absolute paths; the certificate's within the address, too. */
export function resolvedStore(
  store: string,
  key: string | undefined,
  resolvePath: (path: string) => string,
): { readonly folder: string } | { readonly url: string; readonly keyPath: string } {
  if (!isDatabase(store)) return { folder: resolvePath(store) }
  const keyPath = resolvePath(key ?? '.sluice/ledger.key')
  if (!URL.canParse(store)) return { url: store, keyPath }
  const url = new URL(store)
  const certificate = url.searchParams.get('sslrootcert')
  if (certificate !== null) url.searchParams.set('sslrootcert', resolvePath(certificate))
  return { url: url.href, keyPath }
}
