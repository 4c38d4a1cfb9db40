// What the terminal at hand can show: how many columns, and whether more than ASCII.
import { spawnSync } from 'node:child_process'

/** Columns of the terminal that a stream is, as they are now; without end where it is none. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? stream.columns || 80 : Infinity
}

/**
 * Whether text beyond ASCII arrives as it is meant. On POSIX the locale says so (POSIX.1-2024 §8.2): one that is set and
 * is not of UTF-8 can't. On Windows newer terminals can, others where `codePage` is UTF-8's.
 */
export function showsUnicode(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  codePage: () => number = windowsCodePage,
): boolean {
  if (env['TERM'] === 'linux') return false // The console's font has next to nothing.
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG']
  if (platform !== 'win32') return !locale || /utf-?8/i.test(locale)
  if (env['WT_SESSION'] || env['ConEmuTask'] || env['TERM_PROGRAM'] || /^xterm/.test(env['TERM'] ?? ''))
    return true
  return codePage() === 65001
}

// Answers such as "Active code page: 850", in the language of the system.
function windowsCodePage(): number {
  const { stdout } = spawnSync('chcp.com', { encoding: 'latin1', timeout: 2_000, windowsHide: true })
  return Number(/\d+/.exec(stdout ?? '')?.[0])
}
