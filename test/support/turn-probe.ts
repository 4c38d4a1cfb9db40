// Loaded before the gateway into its process (node --import): measures what turns of the main thread's event loop cost.
// In CPU time of that thread, so that other programs on the machine don't count; several short turns may count as one.
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env['SLUICE_TEST_TURNS']
if (isMainThread && file !== undefined) {
  let last = cpu()
  let worst = 0
  const tick = (): void => {
    const now = cpu()
    worst = Math.max(worst, now - last)
    last = now
  }
  setInterval(tick, 1).unref()
  // Tells the worst turn since it was last asked, in milliseconds.
  process.on('SIGUSR2', () => {
    tick()
    writeFileSync(file, `${worst}\n`)
    last = cpu()
    worst = 0
  })
}

function cpu(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
