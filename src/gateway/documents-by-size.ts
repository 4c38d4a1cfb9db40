// Small documents are read at once, where they are; large ones where they hold up nobody.
import type { Blocks } from './blocks.ts'
import type { Documents } from './documents.ts'

/** `smallBytes`: the largest that `small` reads. */
export function bySize(small: Documents, large: Documents, smallBytes: number): Documents {
  const readerOf = ({ size }: Blocks): Documents => (size <= smallBytes ? small : large)
  return {
    request: (api, headers, bytes, until) => readerOf(bytes).request(api, headers, bytes, until),
    reply: (api, bytes, detectors, until) => readerOf(bytes).reply(api, bytes, detectors, until),
  }
}
