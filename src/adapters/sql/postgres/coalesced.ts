// Work that many ask for at once, and that one run does for all who asked before it began.

/** Asks for `work`: it runs, and where it was asked for meanwhile, once more. What it rejects with is left aside. */
export function coalesced(work: () => Promise<void>): () => void {
  let isRunning = false
  let isWanted = false
  const ask = (): void => {
    isWanted = true
    if (isRunning) return
    isRunning = true
    isWanted = false
    void work()
      .catch(() => undefined)
      .then(() => {
        isRunning = false
        if (isWanted) ask()
      })
  }
  return ask
}
