// The pages that a person sees while signing in. No script, nothing from elsewhere, readable with or without style.
import { createHash } from 'node:crypto'

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5b6670; --line: #d9dee3; --edge: #78848f; --paper: #fff; --ground: #f3f5f7; --go: #0b6bcb; --stop: #b42318 }
@media (prefers-color-scheme: dark) { :root { --ink: #eceff2; --soft: #a3aeb8; --line: #39424b; --edge: #7d8994; --paper: #1d2329; --ground: #12161a; --go: #4ea1f3; --stop: #ff8a7a } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif }
main { width: 100%; max-width: 30rem; background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; padding: 2rem }
.mark { margin: 0 0 1.25rem; color: var(--soft); font-weight: 600; letter-spacing: .02em }
h1 { margin: 0 0 .75rem; font-size: 1.375rem; line-height: 1.3 }
p { margin: 0 0 1rem }
dl { margin: 1.25rem 0; border-top: 1px solid var(--line) }
dl div { display: flex; gap: 1rem; padding: .6rem 0; border-bottom: 1px solid var(--line) }
dt { flex: 0 0 6.5rem; color: var(--soft) }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; font-weight: 600 }
label { display: block; margin-bottom: .35rem; font-weight: 600 }
input { width: 100%; padding: .7rem .8rem; font: 1.25rem/1.2 ui-monospace, monospace; letter-spacing: .12em; text-transform: uppercase; color: inherit; background: var(--ground); border: 1px solid var(--edge); border-radius: .5rem }
.buttons { display: flex; gap: .75rem; margin-top: 1.5rem }
button { flex: 1; padding: .7rem 1rem; font: inherit; font-weight: 600; border-radius: .5rem; border: 1px solid var(--edge); background: transparent; color: inherit; cursor: pointer }
button.go { background: var(--go); border-color: var(--go); color: var(--paper) }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px }
.problem { color: var(--stop); font-weight: 600 }
.small { margin: 1.25rem 0 0; color: var(--soft); font-size: .9rem }
a { color: var(--go) }
@media (max-width: 28rem) { body { padding: .75rem } main { padding: 1.25rem } dl div { display: block } }
`
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/**
 * Headers of every page: not to be framed, kept, scripted, or fed from elsewhere. A form's answer may redirect to the
 * CLI's loopback listener, which browsers check against form-action too (CSP 3 §6.4.3).
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self' http://127.0.0.1:*; frame-ancestors 'none'; base-uri 'none'`,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

export interface ConsentFacts {
  /** Where the form goes, and the token that proves that it came from here. */
  readonly action: string
  readonly csrf: string
  readonly person: string
  readonly gateway: string
  readonly machine: string
  readonly address: string
  /** The code that the terminal shows, where the person typed it. */
  readonly userCode?: string | undefined
  readonly hours: number
}

/** Asks for the click without which nothing is granted. */
export function consentPage(facts: ConsentFacts): string {
  const rows = [
    ['Person', facts.person],
    ['Machine', facts.machine === '' ? 'It gave no name' : facts.machine],
    ['Address', facts.address],
    ['Gateway', facts.gateway],
    ...(facts.userCode === undefined ? [] : [['Code', facts.userCode]]),
  ] as const
  return page(
    'Allow this machine?',
    `<p>The sluice command line asks to use models in your name.</p>
<dl>${rows.map(([name, value]) => `<div><dt>${name}</dt><dd>${shown(value ?? '')}</dd></div>`).join('')}</dl>
<form method="post" action="${shown(facts.action)}">
<input type="hidden" name="csrf" value="${shown(facts.csrf)}">
<div class="buttons"><button class="go" name="answer" value="allow">Allow</button><button name="answer" value="deny">Deny</button></div>
</form>
<p class="small">Allow it only if you have just typed <b>sluice login</b> on that machine. It lasts for ${facts.hours} hours; <b>sluice logout</b> ends it.</p>`,
  )
}

export interface UserCodeFacts {
  readonly action: string
  readonly xsrf: string
  readonly code?: string | undefined
  readonly problem?: string | undefined
}

/** Asks for the code that the terminal shows (RFC 8628 §3.3). */
export function userCodePage(facts: UserCodeFacts): string {
  const { problem } = facts
  const told =
    problem === undefined ? '' : `<p class="problem" id="problem" role="alert">${shown(problem)}</p>`
  const wrong = problem === undefined ? '' : ' aria-invalid="true" aria-describedby="problem"'
  return page(
    'Sign in a terminal',
    `${told}<p>Continue only if this is the code that your own terminal shows.</p>
<form method="post" action="${shown(facts.action)}">
<input type="hidden" name="xsrf" value="${shown(facts.xsrf)}"><input type="hidden" name="confirm" value="yes">
<label for="code">Code</label>
<input id="code" name="user_code" value="${shown(facts.code ?? '')}" autocomplete="off" autocapitalize="characters" spellcheck="false" required autofocus${wrong}>
<div class="buttons"><button class="go">Continue</button></div>
</form>`,
  )
}

/** The last page of a sign-in, however it ended. */
export function endPage(outcome: 'done' | 'denied' | 'failed'): string {
  const [title, text] = {
    done: ['You are signed in', ''],
    denied: ['Nothing was allowed', '<p>The machine was not signed in; the terminal says why.</p>'],
    failed: ['The sign-in did not work', '<p>The terminal says why.</p>'],
  }[outcome] as [string, string]
  return page(title, `${text}<p>You can close this window and go back to the terminal.</p>`)
}

/** A page for what can't go on; `retry` is where to try again, if that makes sense. */
export function problemPage(message: string, retry?: string): string {
  const again = retry === undefined ? '' : `<p><a href="${shown(retry)}">Try again</a></p>`
  return page('This sign-in can’t go on', `<p>${shown(message)}</p>${again}`)
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · sluice</title><style>${STYLE}</style></head>
<body><main><p class="mark">sluice</p><h1>${title}</h1>
${body}
</main></body>
</html>
`
}

const MARKUP: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Others' text: markup escaped, invisible and direction-changing characters replaced, at most 200 characters. */
function shown(text: string): string {
  return text
    .slice(0, 200)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (sign) => MARKUP[sign] as string)
}
