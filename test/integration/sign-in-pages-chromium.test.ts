// The sign-in pages in a real browser: on a small phone, in the dark, by keyboard alone.
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { consentPage, endPage, problemPage, userCodePage } from '../../src/gateway/sign-in-pages.ts'
import { missingForChromium, newBrowserPage } from './support/chromium.ts'

const CONTRAST = fileURLToPath(new URL('support/least-contrast.js', import.meta.url))
const skip = missingForChromium() ?? false
const form = { action: 'https://gw.example.com/here', csrf: 'c', xsrf: 'x' }
const PAGES = {
  consent: consentPage({
    ...form,
    person: `${'ada.'.repeat(20)}lovelace@research.example.dev`,
    gateway: `https://${'gateway.'.repeat(8)}example.com`,
    machine: 'ada-laptop',
    address: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
    userCode: 'BCDF-GHJK',
    hours: 12,
  }),
  code: userCodePage({ ...form, problem: 'That code is not known. Type it as the terminal shows it.' }),
  done: endPage('done'),
  problem: problemPage('It has expired. Begin again in the terminal.', '/again'),
}

t.test(
  'nothing is cut off on a small phone, and all is readable in the light and in the dark',
  { skip },
  async (t) => {
    const page = await newBrowserPage(t)
    await page.setViewportSize({ width: 320, height: 568 })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const [name, html] of Object.entries(PAGES)) {
        await page.setContent(html)
        t.ok(((await page.evaluate('document.documentElement.scrollWidth')) as number) <= 320, `${name} fits`)
        await page.addScriptTag({ path: CONTRAST })
        const contrast = (await page.evaluate('leastContrast()')) as number
        t.ok(contrast >= 4.5, `${name}, ${colorScheme}: ${contrast.toFixed(2)}`)
      }
    }
  },
)

t.test('by keyboard: the code’s field has the focus, Allow comes before Deny', { skip }, async (t) => {
  const page = await newBrowserPage(t)
  const focused = () => page.evaluate('document.activeElement.innerText')
  await page.setContent(PAGES.code)
  t.equal(await page.evaluate('document.activeElement.id'), await page.getByLabel('Code').getAttribute('id'))
  const told = await page.evaluate(
    "document.getElementById(document.activeElement.getAttribute('aria-describedby')).innerText",
  )
  t.equal(
    told,
    'That code is not known. Type it as the terminal shows it.',
    'the field says what is wrong with it',
  )

  await page.setContent(PAGES.consent)
  await page.keyboard.press('Tab')
  t.equal(await focused(), 'Allow')
  await page.keyboard.press('Tab')
  t.equal(await focused(), 'Deny')
  const sent = page.waitForRequest('https://gw.example.com/here')
  await page.keyboard.press('Enter')
  t.match((await sent).postData(), 'answer=deny')
})
