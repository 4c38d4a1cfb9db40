// Our own signs and quotation marks, as the terminal at hand can show them.
import { showsUnicode } from './terminal.ts'

const IN_ASCII: { readonly [sign: string]: string } = {
  '…': '...',
  '█': '#',
  '░': '-',
  '→': '->',
  '✓': 'ok',
  '·': '-',
  '–': '-',
  '—': '--',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
}
const SIGNS = new RegExp(`[${Object.keys(IN_ASCII).join('')}]`, 'gu')

let unicode: boolean | undefined

/** The text, its ornaments spelled in ASCII where the terminal shows no more; letters of names stay what they are. */
export function spelled(text: string): string {
  // Asked when the first one is met: on Windows it may cost a process.
  return text.replace(SIGNS, (sign) => ((unicode ??= showsUnicode()) ? sign : (IN_ASCII[sign] as string)))
}
