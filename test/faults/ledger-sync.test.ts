// What the system sees: the entry is synced to disk before its append is acknowledged. Needs strace.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const script = fileURLToPath(new URL('./append-until-killed.ts', import.meta.url))
const probe = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'])
const skip = probe.status === 0 ? false : 'install strace, where processes may be traced, to run this'

t.test(
  'fdatasync of the write-ahead log comes between the entry and its acknowledgement',
  { skip },
  async (t) => {
    const folder = t.testdir()
    const trace = join(folder, 'trace')
    const calls = 'trace=fdatasync,fsync,write,pwrite64'
    const args = [
      '-f',
      '-y',
      '-qq',
      '-s',
      '512',
      '-e',
      calls,
      '-o',
      trace,
      process.execPath,
      script,
      join(folder, 'store'),
      '5',
      '1',
    ]
    const run = spawnSync('strace', args, { env: { PATH: process.env['PATH'] }, encoding: 'utf8' })
    t.equal(run.status, 0, run.stderr)
    const acknowledged = run.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
    t.equal(acknowledged.length, 5)

    const lines = readFileSync(trace, 'utf8').split('\n')
    const at = (what: (line: string) => boolean, from = 0) =>
      lines.findIndex((line, i) => i >= from && what(line))
    let from = 0
    for (const exchange of acknowledged) {
      const written = at((line) => line.includes('sluice.db-wal>') && line.includes('write'), from)
      const synced = at((line) => /f(data)?sync\(.*sluice\.db-wal>/.test(line), written)
      const told = at((line) => line.includes('write(1') && line.includes(exchange))
      t.ok(
        written >= 0 && written < synced && synced < told,
        `written ${written}, synced ${synced}, told ${told}`,
      )
      // A sync that takes a while shows as unfinished: it must have returned, too.
      const returned = lines[synced]?.includes('<unfinished')
        ? at((line) => /f(data)?sync resumed>/.test(line), synced)
        : synced
      t.ok(returned < told)
      from = told
    }
  },
)
