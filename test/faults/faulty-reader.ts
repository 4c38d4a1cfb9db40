// A reading thread that does to some documents what real ones must never do.
import { parentPort } from 'node:worker_threads'
import { serveReader } from '../../src/adapters/worker-threads/serve-reader.ts'
import { createMaskers } from '../../src/assembly/maskers.ts'
import { dialects } from '../../src/dialects/all.ts'
import { Blocks } from '../../src/gateway/blocks.ts'
import type { Documents } from '../../src/gateway/documents.ts'
import { createInlineDocuments } from '../../src/gateway/inline-documents.ts'

const real = createInlineDocuments(dialects, createMaskers())

const faulty: Documents = {
  ...real,
  request(api, headers, bytes, until) {
    const text = bytes.takeWhole()
    if (text.includes('"EXIT"')) process.exit(1)
    if (text.includes('"HANG"')) for (;;);
    if (text.includes('"THROW"')) throw new Error('about ada@example.org')
    return real.request(api, headers, Blocks.of([text]), until)
  },
}

if (parentPort) serveReader(parentPort, faulty)
