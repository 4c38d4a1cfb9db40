// Waiting on conditions, so that no test rests on how fast the machine is.

const PATIENCE_MS = 25_000

/** Resolves once the condition holds; rejects, naming `what`, where it never does. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
