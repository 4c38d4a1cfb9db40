// A real browser, headless.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'

const CHROMIUM = spawnSync('which', ['chromium'], { encoding: 'utf8' }).stdout.trim()

/** What to install before a browser can be started here; undefined where nothing is missing. */
export function missingForChromium(): string | undefined {
  return CHROMIUM === '' ? 'needs chromium: apt-get install chromium' : undefined
}

/** A page of a Chromium of its own, closed when the test ends. */
export async function newBrowserPage(t: Test): Promise<Page> {
  const { chromium } = await import('playwright-core')
  const profile = mkdtempSync(join(tmpdir(), 'sluice-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--password-store=basic',
    ],
  })
  t.teardown(async () => {
    await context.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  })
  return context.pages()[0] ?? context.newPage()
}

/** Walks the pages as a person does: the development provider's, then the gateway's own, and clicks Allow. */
export async function signInOnPages(page: Page, url: string, email: string, password: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel(email).check()
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Allow this machine?' }).waitFor()
  await page.getByText(email).waitFor()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByText('You can close this window and go back to the terminal.').waitFor()
}
