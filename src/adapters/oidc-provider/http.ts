// The little HTTP that the sign-in pages need.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SluiceError } from '../../base/errors.ts'

const FORM_AT_MOST = 8 * 1024

export function sendPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(html)
}

export function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { location }).end()
}

export function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = pair.trim().split('=')
    if (key === name && value) return value
  }
  return undefined
}

/** The fields of a form of at most 8 KiB. Rejects with ERR_REQUEST_INVALID or ERR_REQUEST_TOO_LARGE. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  if (!request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    throw new SluiceError('ERR_REQUEST_INVALID', 'A form was expected.')
  }
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk as string
    if (text.length > FORM_AT_MOST) throw new SluiceError('ERR_REQUEST_TOO_LARGE', 'The form is too large.')
  }
  return new URLSearchParams(text)
}
