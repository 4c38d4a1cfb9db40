// npm run soak -- gateway [--minutes 60] [--json]: the gateway under full load, and what it keeps of it.
import { parseArgs } from 'node:util'
import { soakGateway } from './gateway/soak.ts'
import { figuresOf, isSound } from './gateway/verdict.ts'

const STRETCH_SECONDS = 60
const MIB = 2 ** 20

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, json: { type: 'boolean', default: false } },
})
const stretches = Math.max(3, Math.round((Number(values.minutes) * 60) / STRETCH_SECONDS))
const soaked = await soakGateway({
  stretches,
  stretchSeconds: STRETCH_SECONDS,
  onRest({ at, exchangesEnded, heap, external, rss, descriptors }, stretch) {
    const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`
    process.stderr.write(
      `${stretch + 1}/${stretches}  ${Math.round(at)} s  ${exchangesEnded} exchanges; at rest: heap ${mib(heap)}, ` +
        `external ${mib(external)}, resident ${mib(rss)}, ${descriptors} descriptors\n`,
    )
  },
})
const figures = figuresOf(soaked)
if (values.json) {
  for (const figure of figures) print({ ...figure, name: `soak: ${figure.name}`, sound: isSound(figure) })
  for (const [name, value] of Object.entries(soaked.done))
    print({ name: `soak: callers ${name}, done`, value })
} else {
  for (const figure of figures) {
    const bound =
      figure.bound === undefined ? '' : `${isSound(figure) ? 'ok' : 'NOT SOUND'}, at most ${figure.bound}`
    process.stdout.write(`${figure.name.padEnd(54)} ${String(figure.value).padStart(10)}   ${bound}\n`)
  }
  for (const [name, value] of Object.entries(soaked.done))
    process.stdout.write(`${`callers ${name}, done`.padEnd(54)} ${String(value).padStart(10)}\n`)
}
for (const line of soaked.wrong) process.stderr.write(`wrong: ${line}\n`)
process.exitCode = figures.every(isSound) ? 0 : 1

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
