// A masker at the masking port that knows one word: for tests of who calls it, not of detection.
import type { Edit, Masker, MaskStream, Settled } from '../../src/masking/port.ts'

export function wordMasker(word: string, label: string): Masker {
  const open = (): MaskStream => {
    let text = ''
    let through = 0
    const settle = (final: boolean): Settled => {
      const edits: Edit[] = []
      for (;;) {
        const at = text.indexOf(word, through)
        if (at === -1) break
        edits.push({ start: at, end: at + word.length, text: label })
        through = at + word.length
      }
      let held = final ? 0 : Math.min(word.length - 1, text.length - through)
      while (held > 0 && !word.startsWith(text.slice(text.length - held))) held--
      through = text.length - held
      return {
        through,
        edits,
        findings: edits.map(({ start, end }) => ({ detector: 'word', start, end, score: 1 })),
      }
    }
    return {
      write(piece) {
        text += piece
        return settle(false)
      },
      end: () => settle(true),
    }
  }
  return {
    detectors: ['word'],
    open,
    mask(text) {
      const { edits, findings } = (() => {
        const stream = open()
        const first = stream.write(text)
        const last = stream.end()
        return { edits: [...first.edits, ...last.edits], findings: [...first.findings, ...last.findings] }
      })()
      return { text: text.replaceAll(word, label), edits, findings }
    },
  }
}
