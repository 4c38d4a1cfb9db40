// The development identity provider's one page.
import type { Person } from './people.ts'

const STYLE = `
:root { color-scheme: light dark }
body { max-width: 26rem; margin: 10vh auto; padding: 0 1.5rem; font: 1rem/1.5 system-ui, sans-serif }
.warning { border-left: 4px solid #d97706; padding-left: .75rem }
fieldset { border: 1px solid #8886; border-radius: .5rem; margin: 1rem 0 }
label { display: block; padding: .25rem 0 }
small { opacity: .7 }
input[type=password] { width: 100%; padding: .5rem; font: inherit; box-sizing: border-box }
button { margin-top: 1rem; padding: .6rem 1.2rem; font: inherit; font-weight: 600 }
[role=alert] { color: #dc2626; font-weight: 600 }
`

export function signInPage(action: string, people: readonly Person[], problem?: string): string {
  const choices = people.map(({ id, email, groups }, index) => {
    const about = groups.length === 0 ? 'in no group' : groups.join(', ')
    return `<label><input type="radio" name="person" value="${id}"${index === 0 ? ' checked' : ''}> ${email} <small>${about}</small></label>`
  })
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Development sign-in</title><style>${STYLE}</style></head>
<body><main>
<h1>Development sign-in</h1>
<p class="warning">Example people, for trying sluice on this machine. In earnest your company’s own sign-in page stands here.</p>
${problem === undefined ? '' : `<p role="alert">${problem}</p>`}
<form method="post" action="${action}">
<fieldset><legend>Who are you?</legend>
${choices.join('\n')}
</fieldset>
<label for="password">Password <small>it was printed when the provider started</small></label>
<input id="password" name="password" type="password" autocomplete="off" required>
<button>Sign in</button>
</form>
</main></body>
</html>
`
}
