// A real terminal for the real binary: a pseudo-terminal by script(1), of so many columns, with keys that are typed.
import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import type { Test } from 'tap'
import { until } from './until.ts'

export interface Terminal {
  /** All that it has shown so far, without colours and cursor moves, lines ended by `\n`. */
  shown(): string
  /** The same as it came. */
  raw(): string
  type(keys: string): void
  /** Resolves once it has shown the text, and tells what it has shown since the last call. */
  shows(text: string | RegExp): Promise<string>
  /** Resolves with the exit code. */
  readonly ended: Promise<number>
}

/** Runs a shell's command in a terminal of so many columns; it is ended with the test. */
export function terminal(
  t: Test,
  command: string,
  {
    columns = 80,
    env = {},
    cwd = '/',
  }: { columns?: number; env?: Record<string, string>; cwd?: string } = {},
): Terminal {
  const { PATH = '' } = process.env
  const child = spawn('script', ['-qec', `stty cols ${columns} rows 50; ${command}`, '/dev/null'], {
    cwd,
    env: { PATH, TERM: 'xterm-256color', SHELL: '/bin/bash', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  let raw = ''
  let read = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => (raw += text))
  const shown = (): string =>
    stripVTControlCharacters(raw)
      .replaceAll('\r\n', '\n')
      .replace(/[\r\b\u0007]/g, '')
  return {
    shown,
    raw: () => raw,
    type: (keys) => void child.stdin.write(keys),
    async shows(text) {
      const fresh = (): string => shown().slice(read)
      await until(`the terminal shows ${text}; it shows:\n${fresh()}`, () =>
        typeof text === 'string' ? fresh().includes(text) : text.test(fresh()),
      )
      const news = fresh()
      read += news.length
      return news
    },
    ended: new Promise((resolve) => child.on('close', (code) => resolve(code ?? -1))),
  }
}
