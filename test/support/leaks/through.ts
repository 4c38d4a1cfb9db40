// One streamed reply on its way through the gateway's release, in process.
import { dialects } from '../../../src/dialects/all.ts'
import { Release } from '../../../src/gateway/release.ts'
import { createMasker } from '../../../src/masking/engine.ts'
import { DETECTORS } from './secrets.ts'

const masker = createMasker(DETECTORS)

export interface Passed {
  /** The bytes that have left. */
  readonly wire: string
  /** The code of what it was broken off with, and in whose words. */
  readonly code?: string
  readonly message?: string
}

/** `masked`: whether policy masks replies. */
export function passed(path: string, chunks: readonly (string | Buffer)[], masked = true): Passed {
  const dialect = dialects.find((one) => one.route('POST', path))
  const route = dialect?.route('POST', path)
  if (!dialect || route?.kind !== 'operation') throw new Error(`nobody owns ${path}`)
  const events = route.operation.events({ wants: ['usage'] })
  const release = new Release(dialect.framing, events, masked ? masker : undefined, 1 << 20)
  const out: Buffer[] = []
  const wire = (): string => Buffer.concat([...out, release.terminal ?? Buffer.of()]).toString()
  try {
    for (const chunk of chunks) {
      out.push(...release.push(Buffer.from(chunk)))
      while (release.isBehind) out.push(...release.goOn())
    }
    if (!release.terminal) out.push(...release.end())
    return release.terminal ? { wire: wire() } : { wire: wire(), code: 'no end' }
  } catch (thrown) {
    const { code = 'none', message } = thrown as { code?: string; message: string }
    return { wire: wire(), code, message }
  }
}
