// Passwords, as people choose them and programs are told them.
import { isSecret } from './secret.ts'

const STAND_IN =
  /^(?:pass(?:word|wd|phrase)?|pwd|secret|token|user(?:name)?|example|change_?me|none|null|nil|undefined|true|false|required|optional|string)[0-9]?$/i
const TEMPLATE = /^[$%<{[(*]|[{}<>]|\(\)|:\/\/|^\.{2,}|…/
// An at sign and what can only be the host after it.
const HOST = /@(?:localhost|[A-Za-z0-9.-]+(?:\.[A-Za-z0-9-]+|:\d+))$/
const PATH = /^[A-Za-z_$][\w$]*(?:\.[\w$]+)+$|^(?:\.{0,2}\/)?[\w.-]+(?:\/[\w.-]+)+$/

/** Whether a text that stands where a password does may be one: no template, no name, no word. */
export function isPassword(text: string): boolean {
  if (!isChosen(text) || PATH.test(text)) return false
  if (/^\d+$/.test(text)) return true
  if (/^[\d.,:-]+$/.test(text)) return false
  // Code's numbers.
  if (/^0x[\da-f]+$/i.test(text)) return false
  return /\d/.test(text)
    ? /[A-Za-z]/.test(text)
    : /[A-Za-z].*[!@#$%^&+=~]|[!@#$%^&+=~].*[A-Za-z]/.test(text) || isSecret(text)
}

/** Whether the user part's other half in a URL may be a password; a short number is a port, and a host none of it. */
export function isUrlPassword(text: string): boolean {
  return isChosen(text) && !/^\d{1,5}$/.test(text) && !HOST.test(text)
}

function isChosen(text: string): boolean {
  return !STAND_IN.test(text) && !TEMPLATE.test(text) && hasThree(text)
}

// Whether it has three characters, each another one.
function hasThree(text: string): boolean {
  const [first = ''] = text
  let second = ''
  for (const sign of text) {
    if (sign === first || sign === second) continue
    if (second !== '') return true
    second = sign
  }
  return false
}
