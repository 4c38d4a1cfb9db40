// The person's web browser.
import open from 'open'

/** Opens a URL in the default browser, or the one that $BROWSER names. Resolves even where there is none. */
export async function openInBrowser(url: string): Promise<void> {
  // The URL is printed too, so that a missing browser is no failure.
  const child = await open(url).catch(() => undefined)
  child?.on('error', () => undefined)
  child?.unref()
}
