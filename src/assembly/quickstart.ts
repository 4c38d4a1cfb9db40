// The quickstart, put together: sign in, open a tunnel, chat once, and look at what was seen where.
import { tail } from '../audit/tail.ts'
import type { VerifiedEntry } from '../audit/verify-follow.ts'
import { SluiceError } from '../base/errors.ts'
import { walkSignIn } from '../demo/browserless.ts'
import { CUSTOMER } from '../demo/model/reply.ts'
import { CONFIDENTIAL, leaks, TYPED, userTextOf } from '../demo/story.ts'
import { type Client, clientState, openClient } from './client.ts'
import type { Demonstration } from './demo.ts'
import { pinner } from './pin.ts'
import { signIn, type SignInStep } from './sign-in.ts'
import { signOut } from './sign-out.ts'
import { openModelTunnel } from './tunnel.ts'

const PATIENCE_MS = 5 * 60_000
const PERSON = 'ada'

/** Signs in by the real flow: in the browser, or, without one, by walking its pages. Resolves with who it is. */
export async function signInTo(
  demo: Demonstration,
  browser: boolean,
  tell: (step: SignInStep) => void,
): Promise<string> {
  await forgetEarlierLedger(demo)
  const record = await signIn({
    gateway: demo.gatewayUrl,
    browser: true,
    allowFile: false,
    timeoutMs: PATIENCE_MS,
    tell,
    ...(!browser && {
      open: async (url: string) =>
        void (await walkSignIn(url, { person: PERSON, password: demo.identityProvider.password })),
    }),
  })
  return record.subject?.name ?? ''
}

export interface Chat {
  readonly tunnelUrl: string
  readonly typed: string
  /** What the model server received, from its own log. */
  readonly received: string
  readonly cameBack: string
  /** Index of the decision's entry, as the gateway told it. */
  readonly entry: number | undefined
}

/** One streamed chat through a tunnel, by the OpenAI SDK. */
export async function chatOnce(demo: Demonstration, client: Client, version: string): Promise<Chat> {
  const told = Promise.withResolvers<number | undefined>()
  const tunnel = await openModelTunnel({
    client,
    model: demo.model.name,
    version,
    port: 0,
    onExchange: ({ entry }) => told.resolve(entry),
  })
  try {
    const { default: OpenAI } = await import('openai')
    const openai = new OpenAI({ baseURL: `${tunnel.url}/v1`, apiKey: tunnel.key, maxRetries: 0 })
    const stream = await openai.chat.completions.create({
      model: demo.model.name,
      stream: true,
      messages: [{ role: 'user', content: TYPED }],
    })
    let cameBack = ''
    for await (const chunk of stream) cameBack += chunk.choices[0]?.delta.content ?? ''
    const body = demo.received().at(-1)
    if (body === undefined)
      throw new SluiceError('ERR_INTERNAL', 'The model server has no record of the request.')
    return {
      tunnelUrl: tunnel.url,
      typed: TYPED,
      received: userTextOf(body),
      cameBack,
      entry: await told.promise,
    }
  } finally {
    await tunnel.close()
  }
}

/** All of the caller's entries, each verified by the client against the checkpoint, which is then pinned. */
export async function verifiedEntries(client: Client): Promise<{ entries: VerifiedEntry[]; size: number }> {
  const { gateway } = client
  const pin = pinner(client)
  const entries: VerifiedEntry[] = []
  const followed = tail({
    vkey: gateway.ledger.vkey,
    pin: gateway.pin,
    all: false,
    live: false,
    signal: new AbortController().signal,
    open: async (query) => {
      const response = await client.fetch(`/api/v1/audit/follow?${query}`)
      if (!response.body) throw new SluiceError('ERR_LEDGER_INVALID', 'The gateway gave no entries.')
      return response.body
    },
    onPin: pin.offer,
    onLost: () => undefined,
  })
  for await (const entry of followed) entries.push(entry)
  await pin.flush()
  return { entries, size: pin.size ?? 0 }
}

export interface Check {
  readonly what: string
  readonly ok: boolean
}

/** What the demonstration claims, checked. */
export function checksOf(demo: Demonstration, chat: Chat, entries: readonly VerifiedEntry[]): Check[] {
  const own = demo.model.kind === 'demonstration' ? [CUSTOMER.email, CUSTOMER.phone, CUSTOMER.card] : []
  const kinds = entries
    .filter(({ index }) => chat.entry !== undefined && index >= chat.entry)
    .map(({ entry }) => entry.kind)
  return [
    {
      what: 'the address, card number and key that were typed did not reach the model',
      ok: leaks(CONFIDENTIAL, chat.received).length === 0,
    },
    {
      what: 'neither they nor those of the customer on file came back',
      ok: leaks([...CONFIDENTIAL, ...own], chat.cameBack).length === 0 && chat.cameBack !== '',
    },
    {
      what: 'decision and outcome are in the ledger, with verified inclusion',
      ok: kinds.includes('decision') && kinds.includes('outcome'),
    },
  ]
}

export async function clientOf(demo: Demonstration): Promise<Client> {
  return openClient({ gateway: demo.gatewayUrl })
}

/** The gateway that commands meant before the quickstart signed in at its own. */
export async function currentGateway(): Promise<string | undefined> {
  return (await clientState().load()).current
}

/** Ends the sign-in and forgets the gateway, which is about to end too; commands mean the one from before again. */
export async function leaveNoTrace(demo: Demonstration, before: string | undefined): Promise<void> {
  const known = (await clientState().load()).gateways[demo.gatewayUrl]
  if (!known) return
  await signOut({ gateway: demo.gatewayUrl, forget: true })
  await clientState().update((state) =>
    before !== undefined && state.gateways[before] ? { ...state, current: before } : state,
  )
}

// A store that was removed comes back with another key: what was pinned for its address then stands for nothing.
async function forgetEarlierLedger(demo: Demonstration): Promise<void> {
  await clientState().update((state) => {
    const known = state.gateways[demo.gatewayUrl]
    if (!known || known.ledger.vkey === demo.vkey) return state
    const { [demo.gatewayUrl]: _, ...gateways } = state.gateways
    return { ...state, gateways }
  })
}
