// Certificates for 127.0.0.1, made by openssl.
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Why a test that needs one can't run here; false where it can. */
export const noOpenssl =
  spawnSync('which', ['openssl']).status !== 0 && 'needs openssl: apt-get install openssl'

/** Makes a self-signed pair in `folder`, with the name as its subject; gives the paths of its files. */
export function makeCertificate(folder: string, name: string): { cert: string; key: string } {
  const made = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const files = ['-keyout', made.key, '-out', made.cert]
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...files], { stdio: 'ignore' })
  return made
}
