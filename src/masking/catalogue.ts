// The catalogue: every detector that a policy can name, and the families by which it can name many.
import { SluiceError } from '../base/errors.ts'
import { FAMILIES, type Detector } from './detector.ts'
import { aiTokens } from './detectors/ai-tokens.ts'
import { cloudTokens } from './detectors/cloud-tokens.ts'
import { codeTokens } from './detectors/code-tokens.ts'
import { contact } from './detectors/contact.ts'
import { credentials } from './detectors/credentials.ts'
import { finance } from './detectors/finance.ts'
import { identity } from './detectors/identity.ts'
import { keys } from './detectors/keys.ts'
import { messageTokens } from './detectors/message-tokens.ts'
import { monitorTokens } from './detectors/monitor-tokens.ts'
import { network } from './detectors/network.ts'
import { paymentTokens } from './detectors/payment-tokens.ts'

/** The tables, and what each holds. */
export const tables: readonly { readonly title: string; readonly detectors: readonly Detector[] }[] = [
  { title: 'Keys of open standards', detectors: keys },
  { title: 'Services that run models', detectors: aiTokens },
  { title: 'Clouds', detectors: cloudTokens },
  { title: 'Code, packages and plans', detectors: codeTokens },
  { title: 'Messages', detectors: messageTokens },
  { title: 'Payments', detectors: paymentTokens },
  { title: 'Monitoring', detectors: monitorTokens },
  { title: 'Money', detectors: finance },
  { title: 'Identity', detectors: identity },
  { title: 'Networks', detectors: network },
  { title: 'Credentials, told by where they stand', detectors: credentials },
  { title: 'Contact', detectors: contact },
]

/** In the order in which they name a text that several of them find, where a policy names them all. */
export const detectors: readonly Detector[] = tables.flatMap((table) => table.detectors)

const byName = new Map(detectors.map((detector) => [detector.name, detector]))

/** The names that a mask list may hold: families first, then detectors. */
export const maskNames: readonly string[] = ['all', ...FAMILIES, ...byName.keys()]

/**
 * The detectors of a mask list, by name, each once, in the list's order: `all` and the names of families stand for
 * their members. Throws ERR_CONFIG, naming what is allowed, for anything else.
 */
export function resolveDetectors(list: readonly string[]): readonly string[] {
  const names = list.flatMap((name) => {
    if (byName.has(name)) return [name]
    const members = detectors.filter(({ family }) => name === 'all' || name === family)
    if (members.length === 0) throw unknown(name)
    return members.map((member) => member.name)
  })
  return [...new Set(names)]
}

export function detectorsNamed(names: readonly string[]): readonly Detector[] {
  return names.map((name) => {
    const detector = byName.get(name)
    if (!detector) throw unknown(name)
    return detector
  })
}

function unknown(name: string): SluiceError {
  return new SluiceError('ERR_CONFIG', `There is no detector "${name}".`, {
    nextSteps: [`Use some of: ${maskNames.join(', ')}.`],
  })
}
