// Certificates, made by openssl: for 127.0.0.1, or by an authority of their own.
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Why a test that needs one can't run here; false where it can. */
export const noOpenssl =
  spawnSync('which', ['openssl']).status !== 0 && 'needs openssl: apt-get install openssl'

/** Makes a self-signed pair in `folder`, with the name as its subject; gives the paths of its files. */
export function makeCertificate(folder: string, name: string): { cert: string; key: string } {
  const made = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  const files = ['-keyout', made.key, '-out', made.cert]
  openssl('req', '-x509', ...NEW_KEY, ...subject, ...files)
  return made
}

/** Makes an authority in `folder`; its `sign` makes pairs for the names, such as `IP:127.0.0.1`. */
export function makeAuthority(folder: string, name: string) {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)] as const
  openssl('req', '-x509', ...NEW_KEY, '-subj', `/CN=${name}`, '-days', '2', '-keyout', key, '-out', cert)
  return {
    cert,
    sign(names: string, days = 2): { cert: string; key: string } {
      const file = join(folder, `${name}-${names.replace(/\W/g, '-')}-${days}`)
      const made = { cert: `${file}.pem`, key: `${file}.key` }
      openssl('req', ...NEW_KEY, '-subj', '/CN=a server', '-keyout', made.key, '-out', `${file}.csr`)
      writeFileSync(`${file}.ext`, `subjectAltName=${names}\n`)
      const by = ['-CA', cert, '-CAkey', key, '-CAcreateserial', '-extfile', `${file}.ext`]
      openssl('x509', '-req', '-in', `${file}.csr`, ...by, '-days', String(days), '-out', made.cert)
      return made
    },
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' })
}
