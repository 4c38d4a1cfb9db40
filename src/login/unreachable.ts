// Why a gateway could not be asked, in words that help.
import { SluiceError } from '../base/errors.ts'

/** ERR_GATEWAY_UNREACHABLE for a failed fetch; names the cause by its code, never by the request. */
export function unreachable(gateway: string, error: unknown): SluiceError {
  const code = codeOf(error)
  const [why, step] = explain(code)
  return new SluiceError('ERR_GATEWAY_UNREACHABLE', `${gateway} can't be reached: ${why}.`, {
    nextSteps: [step],
    cause: error,
  })
}

function explain(code: string): [why: string, step: string] {
  const look = 'Is the gateway running, and is this its address?'
  if (code === 'ECONNREFUSED') return ['nothing listens there', look]
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return ['its name is unknown', 'Look at the name, and at your network or VPN.']
  if (/CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME/.test(code)) {
    return [
      `its certificate is not trusted here (${code})`,
      'sluice login --ca FILE, with your company’s certificate authority.',
    ]
  }
  if (/TIMEOUT|ETIMEDOUT/.test(code))
    return ['it did not answer in time', 'Look at your network, VPN or proxy.']
  return [
    code === '' ? 'the connection failed' : `the connection failed (${code})`,
    'Look at your network, VPN or proxy.',
  ]
}

function codeOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 4) return ''
  const code = (error as NodeJS.ErrnoException).code
  const inner = codeOf(error.cause, depth + 1)
  if (inner !== '') return inner
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) && !code.startsWith('OAUTH') ? code : ''
}
