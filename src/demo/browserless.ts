// A browser's part in signing in, without a browser: walks the same pages over HTTP, fills in the same forms.
import { SluiceError } from '../base/errors.ts'

export interface Walk {
  /** Who signs in at the development identity provider: the part before the @, such as `ada`. */
  readonly person: string
  readonly password: string
  /** What is clicked on the gateway's page. */
  readonly answer?: 'allow' | 'deny'
  /** Told of each page on the way, and waited for. */
  readonly onPage?: (page: Page) => unknown
}

export interface Page {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly html: string
}

const STEPS_AT_MOST = 30

/**
 * Follows an authorization URL (or a device's verification URL, code included) to its last page, and returns that.
 * Rejects with ERR_SIGN_IN_REFUSED where a page is in the way that it doesn't know.
 */
export async function walkSignIn(start: string, walk: Walk): Promise<Page> {
  const jar: Cookie[] = []
  let page = await follow(jar, start, undefined, walk)
  for (;;) {
    const form = formOf(page)
    if (!form) return page
    const fields = new URLSearchParams(form.hidden)
    if (form.names.includes('password')) {
      fields.set('person', walk.person)
      fields.set('password', walk.password)
    } else if (form.names.includes('answer')) fields.set('answer', walk.answer ?? 'allow')
    else if (!form.names.includes('user_code')) throw stuck(page)
    const before = page.url
    page = await follow(jar, form.action, fields, walk)
    if (page.status >= 400 && page.url === before) throw stuck(page)
  }
}

async function follow(
  jar: Cookie[],
  start: string,
  form: URLSearchParams | undefined,
  walk: Walk,
): Promise<Page> {
  let url = start
  let body = form
  for (let step = 0; step < STEPS_AT_MOST; step++) {
    const { origin, href } = new URL(url)
    const response = await fetch(href, {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: cookiesFor(jar, url), ...(body && { origin }) },
      ...(body && { method: 'POST', body }),
    })
    for (const line of response.headers.getSetCookie()) keep(jar, url, line)
    const page = { url, status: response.status, headers: response.headers, html: await response.text() }
    await walk.onPage?.(page)
    const location = response.headers.get('location')
    if (location === null) return page
    url = new URL(location, url).href
    body = undefined
  }
  throw new SluiceError('ERR_SIGN_IN_REFUSED', 'The sign-in pages went round in circles.')
}

interface Form {
  readonly action: string
  readonly hidden: Record<string, string>
  readonly names: readonly string[]
}

function formOf({ html, url }: Page): Form | undefined {
  const found = /<form method="post" action="([^"]*)">([\s\S]*?)<\/form>/.exec(html)
  if (!found) return undefined
  const [, action = '', inside = ''] = found
  const fields = [...inside.matchAll(/<(?:input|button)\b[^>]*>/g)].map(([tag]) => ({
    name: attribute(tag, 'name'),
    value: attribute(tag, 'value'),
    filled: /^<input/.test(tag) && !/type="(radio|password)"/.test(tag),
  }))
  const hidden = fields.filter(({ filled }) => filled).map(({ name, value }) => [name, value] as const)
  return {
    action: new URL(unescape(action), url).href,
    hidden: Object.fromEntries(hidden),
    names: fields.map(({ name }) => name),
  }
}

function attribute(tag: string, name: string): string {
  return unescape(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
}

function unescape(text: string): string {
  const signs: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, sign: string) => signs[sign] as string)
}

interface Cookie {
  readonly origin: string
  readonly path: string
  readonly name: string
  readonly value: string
}

function keep(jar: Cookie[], url: string, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const cut = pair.indexOf('=')
  const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/'
  const cookie = { origin: new URL(url).origin, path, name: pair.slice(0, cut), value: pair.slice(cut + 1) }
  const old = jar.findIndex(
    (one) => one.origin === cookie.origin && one.path === path && one.name === cookie.name,
  )
  if (old >= 0) jar.splice(old, 1)
  if (cookie.value !== '' && !attributes.some((one) => /^(max-age=0|expires=Thu, 01 Jan 1970)/i.test(one)))
    jar.push(cookie)
}

function cookiesFor(jar: readonly Cookie[], url: string): string {
  const { origin, pathname } = new URL(url)
  const fits = (path: string): boolean =>
    path === '/' || pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
  return jar
    .filter((cookie) => cookie.origin === origin && fits(cookie.path))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
}

function stuck(page: Page): SluiceError {
  const title = /<title>([^<]*)/.exec(page.html)?.[1] ?? 'a page without a title'
  const problem = /role="alert">([^<]*)/.exec(page.html)?.[1]
  const why = problem ?? `it ended at "${title}"`
  return new SluiceError('ERR_SIGN_IN_REFUSED', `Signing in without a browser did not work: ${why}`)
}
