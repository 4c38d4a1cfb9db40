// A tunnel's own page: it says what this is, and proves to who has the key that it is the tunnel of that key.
import { randomBytes } from 'node:crypto'
import { get, type IncomingMessage, type ServerResponse } from 'node:http'
import { isSame, proofOf } from './key.ts'

const CHALLENGE = 'sluice-challenge'
const PROOF = 'sluice-proof'

// What clients of Ollama's API look for at the root of its server.
const OF_OLLAMA = 'Ollama is running'

/**
 * Answers a request for the page, or where `asOllama` for that of an Ollama server. It names neither gateway nor model:
 * anyone on this machine can ask for it.
 */
export function answerFront(
  { headers, socket }: IncomingMessage,
  response: ServerResponse,
  { key, asOllama }: { readonly key: string; readonly asOllama: boolean },
): void {
  const challenge = headers[CHALLENGE]
  response.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    ...(typeof challenge === 'string' &&
      /^[\w-]{16,64}$/.test(challenge) && { [PROOF]: proofOf(key, socket.localPort ?? 0, challenge) }),
  })
  response.end(asOllama ? OF_OLLAMA : 'A sluice tunnel; its API is under /v1.\n')
}

/**
 * Who is at a port of loopback: the `tunnel` of this key, `another` program, or `nobody`. Another that passes the
 * question on to the tunnel is found out, since the tunnel answers for its own port.
 */
export function whoIsAt(port: number, key: string): Promise<'tunnel' | 'another' | 'nobody'> {
  const challenge = randomBytes(24).toString('base64url')
  return new Promise((resolve) => {
    const asking = get({
      host: '127.0.0.1',
      port,
      agent: false,
      headers: { [CHALLENGE]: challenge },
      timeout: 1_000,
    })
    asking.on('response', (page) => {
      const proof = page.headers[PROOF]
      page.destroy()
      resolve(isSame(String(proof), proofOf(key, port, challenge)) ? 'tunnel' : 'another')
    })
    asking.on('timeout', () => asking.destroy(new Error('no answer')))
    asking.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'ECONNREFUSED' ? 'nobody' : 'another'),
    )
  })
}
