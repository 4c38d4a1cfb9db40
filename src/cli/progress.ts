// How far something long has come: a bar where stderr is a terminal, else a line every few seconds.
import { spelled } from './spelled.ts'

export interface Progress {
  readonly update: (done: number, of: number) => void
  /** Takes the bar away. */
  end(): void
}

const BAR = 24
const REDRAWN_MS = 100
const TOLD_MS = 5_000

/** `what` is counted, such as `entries`; silent where `quiet`. */
export function progress(what: string, quiet: boolean, out: NodeJS.WriteStream = process.stderr): Progress {
  let last = performance.now()
  let drawn = false
  return {
    update(done, of) {
      const every = out.isTTY ? REDRAWN_MS : TOLD_MS
      if (quiet || performance.now() - last < every) return
      last = performance.now()
      const part = of === 0 ? 1 : done / of
      const told = `${Math.floor(part * 100)} %  ${done} of ${of} ${what}`
      const bar = '█'.repeat(Math.floor(part * BAR)).padEnd(BAR, '░')
      out.write(out.isTTY ? `\r${spelled(`${bar}  ${told}`)}` : `Verifying ${told}\n`)
      drawn = out.isTTY
    },
    end() {
      if (drawn) out.write('\r\x1b[K')
      drawn = false
    },
  }
}
