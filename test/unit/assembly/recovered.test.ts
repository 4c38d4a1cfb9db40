// Replies that named what is lost, and a gateway whose recoveries account for nothing: nobody is asked, nothing is taken over.
import t, { type Test } from 'tap'
import type { Client } from '../../../src/assembly/client.ts'
import { withLostReplies } from '../../../src/assembly/recovered.ts'
import { signCheckpoint } from '../../../src/audit/checkpoint.ts'
import { generateSkey, signerOf } from '../../../src/audit/note.ts'
import { SluiceError } from '../../../src/base/errors.ts'
import { PaperLedger } from '../../support/paper-ledger.ts'
import { recovered, saidToBeLost } from '../../support/recovered.ts'

const signer = signerOf(generateSkey('gw.example/ledger'))
const TIME = '2026-01-02T03:04:05.000Z'
const reply = {
  at: Date.parse(TIME) - 1,
  subject: 'sub_1',
  operation: 'chat',
  entry: 15,
  outcome: 16,
}

function clientOf(answers: Readonly<Record<string, () => string>>): Client {
  const gateway = {
    url: 'http://gw',
    issuer: 'http://gw',
    ledger: { origin: signer.name, vkey: signer.vkey },
  }
  const fetch = async (path: string) => {
    const [answer] = Object.entries(answers).flatMap(([start, text]) =>
      path.startsWith(start) ? [text] : [],
    )
    if (!answer) throw new SluiceError('ERR_NOT_FOUND', path)
    return new Response(answer())
  }
  return { gateway, gatewayUrl: 'http://gw', fetch } as unknown as Client
}

async function asked(t: Test, client: Client): Promise<void> {
  const confirm = async () => void t.fail('nobody is to be asked')
  t.equal(await withLostReplies(client, [reply], async () => [], confirm), client)
}

t.test('a gateway of a version that knows of no recoveries', async (t) => {
  await asked(t, clientOf({}))
})

t.test('a recovery of another tree than the one that is shown', async (t) => {
  const { receipt } = recovered(signer, PaperLedger.of(12).texts, saidToBeLost({ time: TIME }))
  const shown = signCheckpoint({ size: 40, root: Buffer.alloc(32, 1) }, signer)
  const answers = {
    '/api/v1/audit/recoveries': () => JSON.stringify([receipt]),
    '/api/v1/audit/checkpoint': () => shown,
    '/api/v1/audit/consistency': () => JSON.stringify({ hashes: [Buffer.alloc(32, 2).toString('base64')] }),
  }
  await asked(t, clientOf(answers))
})
