import t from 'tap'
import { createThreadDocuments } from '../../src/adapters/worker-threads/thread-documents.ts'
import { createMaskers } from '../../src/assembly/maskers.ts'
import { dialects } from '../../src/dialects/all.ts'
import { createInlineDocuments } from '../../src/gateway/inline-documents.ts'
import { threadOf } from '../support/documents.ts'
import { documentsContract } from './documents.ts'

const readerThread = () => threadOf(new URL('../../src/assembly/reader-worker.ts', import.meta.url))

t.test('inline', (t) => documentsContract(t, createInlineDocuments(dialects, createMaskers())))

t.test('in threads', async (t) => {
  const documents = createThreadDocuments(readerThread, 2)
  t.teardown(() => documents.close())
  await documentsContract(t, documents)
})
