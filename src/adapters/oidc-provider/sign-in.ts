// /signin: away to the company's identity provider, back, and the click that allows a machine.
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errors, type Provider } from 'oidc-provider'
import { SluiceError } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import { consentPage, endPage, problemPage } from '../../gateway/sign-in-pages.ts'
import type { Departure, Federation } from '../../identity/federation.ts'
import type { Records } from '../../identity/records.ts'
import { hashOf, newSecret } from '../../identity/secrets.ts'
import type { SignIns } from '../../identity/sign-ins.ts'
import type { Subjects } from '../../identity/subjects.ts'
import { CLIENT_ID, type Lifetimes, SCOPE } from './configuration.ts'
import { cookieOf, readForm, redirect, sendPage } from './http.ts'

export interface SignInPagesParts {
  readonly provider: Provider
  readonly publicUrl: string
  readonly records: Records
  readonly subjects: Subjects
  readonly signIns: SignIns
  readonly federation: Federation
  readonly lifetimes: Lifetimes
  readonly addressOf: (request: IncomingMessage) => string
  readonly onFault: (error: unknown) => void
  /** Told where the identity provider can't be reached, or its answer is not taken: the operator may be at fault. */
  readonly onNotSignedIn: (error: SluiceError) => void
}

/** Ties the way back from the provider to the browser that went there. */
const BROWSER_COOKIE = 'sluice_browser'

/** What is known of an interaction once its person has come back. */
type Arrival =
  { readonly subject: string; readonly name: string; readonly csrf: string } | { readonly refused: string }

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

export function signInPages(
  parts: SignInPagesParts,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { provider, publicUrl, records } = parts
  const expiresAt = (): { expiresAt: number } => ({
    expiresAt: Date.now() + parts.lifetimes.interaction * 1000,
  })

  function told(error: unknown): never {
    if (error instanceof SluiceError) parts.onNotSignedIn(error)
    throw error
  }

  async function depart(
    interaction: Interaction,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { url, departure } = await parts.federation.depart().catch(told)
    const browser = cookieOf(request, BROWSER_COOKIE) ?? newSecret()
    const kept = { ...departure, interaction: interaction.uid, browser: hashOf(browser) }
    await records.put('departure', hashOf(departure.state), kept, expiresAt())
    const secure = publicUrl.startsWith('https:') ? '; Secure' : ''
    const cookie = `${BROWSER_COOKIE}=${browser}; Path=/signin; HttpOnly; SameSite=Lax; Max-Age=${parts.lifetimes.interaction}${secure}`
    response.appendHeader('set-cookie', cookie)
    redirect(response, url)
  }

  async function arrive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const callback = new URL(request.url ?? '', publicUrl)
    const key = hashOf(callback.searchParams.get('state') ?? '')
    const kept = (await records.get('departure', key)) as
      (Departure & { interaction: string; browser: string }) | undefined
    const browser = cookieOf(request, BROWSER_COOKIE)
    if (!kept || browser === undefined || hashOf(browser) !== kept.browser) throw notYours()
    await records.remove('departure', key)
    const arrival: Arrival = await parts.federation.arrive(callback, kept).then(
      async (person) => {
        const subject = await parts.subjects.remember(person)
        return { subject: subject.id, name: subject.name, csrf: newSecret() }
      },
      (error: unknown) => {
        if (error instanceof SluiceError && error.code === 'ERR_SIGN_IN_REFUSED') {
          parts.onNotSignedIn(error)
          return { refused: error.message }
        }
        return told(error)
      },
    )
    await records.put('arrival', hashOf(kept.interaction), { ...arrival }, expiresAt())
    redirect(response, `/signin/${kept.interaction}`)
  }

  async function show(
    interaction: Interaction,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const arrival = (await records.get('arrival', hashOf(interaction.uid))) as Arrival | undefined
    if (!arrival) return depart(interaction, request, response)
    if ('refused' in arrival) return refuse(request, response, arrival.refused)
    const { machine, address, userCode } = await askedBy(interaction, request)
    sendPage(
      response,
      200,
      consentPage({
        action: `/signin/${interaction.uid}`,
        csrf: arrival.csrf,
        person: arrival.name,
        gateway: new URL(publicUrl).host,
        machine,
        address,
        userCode,
        hours: Math.round(parts.lifetimes.signIn / 3600),
      }),
    )
  }

  async function answer(
    interaction: Interaction,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const origin = request.headers.origin
    if (origin !== undefined && origin !== publicUrl) throw notYours()
    const form = await readForm(request)
    const key = hashOf(interaction.uid)
    const arrival = (await records.get('arrival', key)) as Arrival | undefined
    if (!arrival || 'refused' in arrival || !same(form.get('csrf') ?? '', arrival.csrf)) throw notYours()
    await records.remove('arrival', key)
    if (form.get('answer') !== 'allow') return refuse(request, response, 'it was denied in the browser')
    const { machine, address, answered } = await askedBy(interaction, request)
    if (answered) throw notYours()
    const signIn = await parts.signIns.begin({ id: newId('sgn'), subject: arrival.subject, machine, address })
    const grant = new provider.Grant({ accountId: arrival.subject, clientId: CLIENT_ID })
    grant.jti = signIn.id
    grant.addOIDCScope(SCOPE)
    await grant.save()
    const result = { login: { accountId: arrival.subject, remember: false }, consent: { grantId: signIn.id } }
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  }

  async function refuse(request: IncomingMessage, response: ServerResponse, why: string): Promise<void> {
    const result = { error: 'access_denied', error_description: why }
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  }

  // Who asks: in the device grant the machine that asked for the code, which is not the one with the browser.
  async function askedBy(
    interaction: Interaction,
    request: IncomingMessage,
  ): Promise<{ machine: string; address: string; userCode?: string; answered?: boolean }> {
    const named = interaction.params['machine']
    const machine = typeof named === 'string' ? named : ''
    const device = interaction.deviceCode ? await provider.DeviceCode.find(interaction.deviceCode) : undefined
    if (!device) return { machine, address: parts.addressOf(request) }
    const from = device.deviceInfo?.['address']
    const userCode = device.userCode.replace(/^(....)(....)$/, '$1-$2')
    // A code may have been entered in two browsers; the first answer counts.
    const answered = device.accountId !== undefined || device.error !== undefined
    return { machine, address: typeof from === 'string' ? from : '', userCode, answered }
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = (request.url ?? '').split('?')
    const name = path.slice('/signin/'.length)
    if (name === 'done' || name === 'denied' || name === 'failed')
      return sendPage(response, 200, endPage(name))
    if (request.method !== 'GET' && request.method !== 'POST')
      return sendPage(response, 405, problemPage('This page can’t do that.'))
    if (name === 'callback') return arrive(request, response)
    const interaction = await provider.interactionDetails(request, response)
    if (interaction.uid !== name) throw notYours()
    if (request.method === 'POST') await answer(interaction, request, response)
    else await show(interaction, request, response)
  }

  return async (request, response) => {
    try {
      await route(request, response)
    } catch (error) {
      if (error instanceof errors.SessionNotFound) {
        return sendPage(
          response,
          400,
          problemPage('It has ended, or began in another browser. Run sluice login again.'),
        )
      }
      if (!(error instanceof SluiceError)) parts.onFault(error)
      const known = error instanceof SluiceError
      const message = known
        ? [error.message, ...error.nextSteps].join(' ')
        : 'Something went wrong at the gateway. Run sluice login again.'
      sendPage(response, known ? error.status : 500, problemPage(message))
    }
  }
}

function notYours(): SluiceError {
  return new SluiceError(
    'ERR_REQUEST_INVALID',
    'This answer doesn’t belong to a sign-in that this browser began. Run sluice login again.',
  )
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
