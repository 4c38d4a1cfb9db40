// The person's web browser.
import open from 'open'

/** Opens a URL in the default browser, or the one that $BROWSER names. Resolves even where there is no browser. */
export async function openInBrowser(url: string): Promise<void> {
  const child = await open(url)
  // A missing opener shows as an error event later; the URL is printed anyway.
  child.on('error', () => undefined)
  child.unref()
}
