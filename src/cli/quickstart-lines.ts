// What the quickstart prints: its parts, who saw what, what is on record, and what to try. Others' text is shown visibly.
import { colour } from './colour.ts'
import { visible } from './visible.ts'

const KINDS = {
  given: 'the model server that you named',
  found: 'a model server found on this machine',
  demonstration: 'the demonstration model',
}

export interface ModelTold {
  readonly name: string
  readonly url: string
  readonly kind: keyof typeof KINDS
}

export interface ChatTold {
  readonly typed: string
  readonly received: string
  readonly cameBack: string
}

export function row(title: string, text: string, remark = ''): string {
  return `${colour.bold(title.padEnd(9))}  ${text}${remark === '' ? '' : `  ${colour.dim(remark)}`}`
}

export function partsLines(gatewayUrl: string, store: string, model: ModelTold): string {
  return [
    row('Gateway', gatewayUrl, `SQLite in ${visible(store)}/, development identity provider`),
    row('Model', visible(model.name), `${KINDS[model.kind]}, at ${visible(model.url)}`),
  ].join('\n')
}

export function chatLines(chat: ChatTold, kind: ModelTold['kind']): string {
  const log = kind === 'demonstration' ? "from the model's own log" : 'as it was passed to the model server'
  return [
    ...block('You typed', chat.typed),
    ...block('Model received', chat.received, log),
    ...block('Came back', chat.cameBack),
  ].join('\n')
}

export function checkLines(checks: readonly { readonly what: string; readonly ok: boolean }[]): string {
  return checks
    .map(({ what, ok }) => `${ok ? colour.green('Verified') : colour.red('FAILED  ')}   ${what}`)
    .join('\n')
}

export function tryLines(gatewayUrl: string, model: string, password: string): string {
  return [
    `${colour.bold('Try')}        in another terminal, while this one stays up (^C ends it):`,
    '  bin/run.js whoami',
    `  bin/run.js connect ${visible(model)}`,
    '  bin/run.js audit tail',
    `  bin/run.js login ${gatewayUrl}   ${colour.dim(`as grace@example.dev (auditor), password ${password}`)}`,
    '  bin/run.js audit tail --all',
    '  echo "call me on 212-555-0142" | bin/run.js mask',
  ].join('\n')
}

function block(title: string, text: string, remark = ''): string[] {
  const lines = text.split('\n').filter((line) => line !== '')
  const marked = lines.map((line) =>
    visible(line).replace(/\[[A-Z][A-Z0-9_]*\]/g, (placeholder) => colour.black.bgYellow(placeholder)),
  )
  return [
    `${colour.bold(title)}${remark === '' ? '' : `  ${colour.dim(remark)}`}`,
    ...marked.map((line) => `  ${line}`),
  ]
}
