// A caller of the masking port, who trusts nothing; and what it and the reference must agree on.
import assert from 'node:assert/strict'
import type { Detector } from '../../src/masking/detector.ts'
import type { Edit, Masker, MaskStream, Settled } from '../../src/masking/port.ts'
import type { Finding } from '../../src/terms/finding.ts'
import { edited, referenceText } from './masking-reference.ts'
import { referenceJson } from './masking-reference-json.ts'

/**
 * Throws unless the engine masks and finds what the reference does: written as a whole, cut into `sizes`, cut in two inside
 * of every finding, and unit by unit.
 */
export function assertAgreement(
  masker: Masker,
  detectors: readonly Detector[],
  kind: 'text' | 'json',
  text: string,
  sizes: Iterable<number>,
  isCutEverywhere = true,
): void {
  const expected = kind === 'text' ? referenceText(text, detectors) : referenceJson(text, detectors)
  const inside = expected.findings.flatMap(({ start, end }) => [start + 1, (start + end) >> 1, end - 1, end])
  const cuts = [
    [text],
    ...(isCutEverywhere ? [text.split('')] : []),
    cut(text, sizes),
    ...inside.map((at) => [text.slice(0, at), text.slice(at)]),
  ]
  for (const pieces of cuts) {
    const actual = collect(text, pieces, masker.open(kind))
    assert.equal(actual.text, expected.text)
    assert.deepEqual(actual.findings, expected.findings)
  }
}

/** A text in pieces of these sizes. */
export function cut(text: string, sizes: Iterable<number>): string[] {
  const pieces: string[] = []
  let at = 0
  for (const size of sizes) {
    if (at >= text.length) break
    pieces.push(text.slice(at, (at += size)))
  }
  return pieces
}

/** Plays the caller: releases what is settled, and checks what the port promises on the way. */
export function collect(text: string, pieces: readonly string[], stream: MaskStream) {
  const edits: Edit[] = []
  const findings: Finding[] = []
  let through = 0
  let written = 0
  const take = (settled: Settled) => {
    if (settled.through < through) throw new Error('went back')
    if (settled.through > written) throw new Error('went beyond the text')
    for (const edit of settled.edits) {
      if (edit.start < through || edit.end > settled.through)
        throw new Error(`edit of what had left: ${text}`)
      edits.push(edit)
    }
    if (splitsPair(text, settled.through)) throw new Error(`cut a surrogate pair: ${text}`)
    through = settled.through
    findings.push(...settled.findings)
  }
  for (const piece of pieces) {
    written += piece.length
    take(stream.write(piece))
  }
  take(stream.end())
  if (through !== text.length) throw new Error('did not end')
  return { text: edited(text, edits), findings }
}

function splitsPair(text: string, at: number): boolean {
  return /[\ud800-\udbff]/.test(text[at - 1] ?? '') && /[\udc00-\udfff]/.test(text[at] ?? '')
}
