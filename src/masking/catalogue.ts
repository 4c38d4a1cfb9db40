// The catalogue: every detector that a policy can name, and the families by which it can name many.
import { SluiceError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { FAMILIES, type Detector } from './detector.ts'
import { aiTokens } from './detectors/ai-tokens.ts'
import { cloudTokens } from './detectors/cloud-tokens.ts'
import { codeTokens } from './detectors/code-tokens.ts'
import { contact } from './detectors/contact.ts'
import { credentials } from './detectors/credentials.ts'
import { dataTokens } from './detectors/data-tokens.ts'
import { finance } from './detectors/finance.ts'
import { identity } from './detectors/identity.ts'
import { keys } from './detectors/keys.ts'
import { messageTokens } from './detectors/message-tokens.ts'
import { monitorTokens } from './detectors/monitor-tokens.ts'
import { network } from './detectors/network.ts'
import { paymentTokens } from './detectors/payment-tokens.ts'
import { sessions } from './detectors/sessions.ts'
import { siteTokens } from './detectors/site-tokens.ts'

/** The tables, and what each holds. */
export const tables: readonly { readonly title: string; readonly detectors: readonly Detector[] }[] = [
  { title: 'Keys of open standards', detectors: keys },
  { title: 'Services that run models', detectors: aiTokens },
  { title: 'Clouds', detectors: cloudTokens },
  { title: 'Code, packages and plans', detectors: codeTokens },
  { title: 'Messages', detectors: messageTokens },
  { title: 'Payments', detectors: paymentTokens },
  { title: 'Monitoring', detectors: monitorTokens },
  { title: 'Databases, storage and networks', detectors: dataTokens },
  { title: 'Sites, shops and teams', detectors: siteTokens },
  { title: 'Money', detectors: finance },
  { title: 'Identity', detectors: identity },
  { title: 'Networks', detectors: network },
  { title: 'What lets in whoever has it', detectors: sessions },
  { title: 'Credentials, told by where they stand', detectors: credentials },
  { title: 'Contact', detectors: contact },
]

/** In the order in which they name a text that several of them find, where a policy names them all. */
export const detectors: readonly Detector[] = tables.flatMap((table) => table.detectors)

/** A set of detectors that a policy can name. */
export class Catalogue {
  /** The names that a mask list may hold: families first, then detectors. */
  readonly maskNames: readonly string[]
  /** In the order in which they name a text that several of them find, where a policy names them all. */
  readonly detectors: readonly Detector[]
  private readonly byName: ReadonlyMap<string, Detector>

  constructor(all: readonly Detector[]) {
    this.detectors = all
    this.byName = new Map(all.map((detector) => [detector.name, detector]))
    this.maskNames = ['all', ...FAMILIES, ...this.byName.keys()]
  }

  /**
   * The detectors of a mask list, by name, each once, in the list's order: `all` and the names of families stand for
   * their members. Throws ERR_CONFIG, naming what is allowed, for anything else.
   */
  resolve(list: readonly string[]): readonly string[] {
    const names = list.flatMap((name) => {
      if (this.byName.has(name)) return [name]
      const members = this.detectors.filter(({ family }) => name === 'all' || name === family)
      if (members.length === 0) throw this.unknown(name)
      return members.map((member) => member.name)
    })
    return [...new Set(names)]
  }

  /** Throws ERR_CONFIG for a name that it doesn't have. */
  named(names: readonly string[]): readonly Detector[] {
    return names.map((name) => {
      const detector = this.byName.get(name)
      if (!detector) throw this.unknown(name)
      return detector
    })
  }

  private unknown(name: string): SluiceError {
    const near = nearest(name, this.maskNames)
    return new SluiceError('ERR_CONFIG', `There is no detector "${name}".`, {
      nextSteps: [
        ...(near === undefined ? [] : [`Did you mean ${near}?`]),
        `Use some of: ${['all', ...FAMILIES].join(', ')}, or names that this lists: sluice mask --list-detectors`,
      ],
    })
  }
}

/** The catalogue as it comes. */
export const builtIn = new Catalogue(detectors)
