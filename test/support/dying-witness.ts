// A witness that dies right after what it cosigns is written, before anything is answered: FOLDER VKEY.
import { openWitnessState } from '../../src/adapters/sql/sqlite/witness-state.ts'
import { cosignerOf, generateCosignerKey } from '../../src/audit/cosignature.ts'
import { verifierOf } from '../../src/audit/note.ts'
import { serveWitness } from '../../src/witness/serve-witness.ts'

const [folder = '', vkey = ''] = process.argv.slice(2)
const state = openWitnessState(`${folder}/witness.db`)
const log = verifierOf(vkey)
const witness = {
  cosigner: cosignerOf(generateCosignerKey('dying')),
  logs: new Map([[log.name, [log]]]),
  now: () => Date.now(),
  state: {
    ...state,
    advance(...asked: Parameters<typeof state.advance>) {
      state.advance(...asked)
      process.kill(process.pid, 'SIGKILL')
      // The signal arrives at its own time; nothing is answered meanwhile.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      return true
    },
  },
}
const { port } = await serveWitness(
  witness,
  { host: '127.0.0.1', port: 0 },
  { onAnswer: () => undefined, onFault: () => undefined },
)
process.stdout.write(`${port}\n`)
