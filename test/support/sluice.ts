// The real binary, as a user runs it: in a home of its own, with what it prints collected.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { secretFile } from '../../src/adapters/secret-file/secret-file.ts'
import { stateFile } from '../../src/adapters/client-state/state-file.ts'
import { withGateway } from '../../src/login/client-state.ts'
import { writeTokens } from '../../src/login/keychain.ts'
import { until } from './until.ts'
import { verifierKey } from './verifier-key.ts'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

export interface Run {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves with the exit code, all output collected. */
  readonly ended: Promise<number>
  /** Resolves once stdout holds the text. */
  prints(text: string | RegExp): Promise<string>
}

export interface Home {
  readonly folder: string
  sluice(...args: string[]): Run
  /** The same, started by another command, such as strace with its options. */
  sluiceUnder(command: readonly string[], ...args: string[]): Run
}

/** An empty home, gone when the test is over. */
export function emptyHome(t: Test, env: Record<string, string> = {}): Home {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-home-'))
  const children: ChildProcess[] = []
  t.teardown(() => {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const sluiceUnder: Home['sluiceUnder'] = (command, ...args) => {
    const { PATH = '' } = process.env
    const [program = '', ...rest] = [...command, process.execPath, BIN, ...args]
    const child = spawn(program, rest, {
      cwd: folder,
      env: { PATH, HOME: folder, XDG_STATE_HOME: folder, NO_COLOR: '1', ...env },
    })
    children.push(child)
    return collect(child)
  }
  return { folder, sluice: (...args) => sluiceUnder([], ...args), sluiceUnder }
}

/** A home in which someone is signed in at the gateway, with the access token `at_1` unless told otherwise. */
export async function signedInHome(
  t: Test,
  gateway: string,
  env: Record<string, string> = {},
  accessToken = 'at_1',
): Promise<Home> {
  const home = emptyHome(t, env)
  const state = join(home.folder, 'sluice')
  const signInExpiresAt = Date.now() + 3_600_000
  await stateFile(state).update((state) => ({
    ...withGateway(state, gateway, {
      url: gateway,
      issuer: `${gateway}/oauth`,
      ledger: { origin: 'test/ledger', vkey: verifierKey('test/ledger') },
      subject: { id: 'sub_1', name: 'ada@example.dev' },
      signInExpiresAt: new Date(signInExpiresAt).toISOString(),
      keychain: 'file',
    }),
    current: gateway,
  }))
  await writeTokens(secretFile(join(state, 'secrets')), gateway, {
    accessToken,
    accessTokenExpiresAt: signInExpiresAt,
    refreshToken: 'rt_1',
    signInExpiresAt,
  })
  return home
}

function collect(child: ChildProcess): Run {
  let stdout = ''
  let stderr = ''
  child.stderr?.on('data', (chunk) => (stderr += chunk))
  child.stdout?.on('data', (chunk) => (stdout += chunk))
  const ended = new Promise<number>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? (signal ? -1 : 0))),
  )
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    prints: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (typeof text === 'string' ? stdout.includes(text) : text.test(stdout)) resolve(stdout)
        }
        child.stdout?.on('data', look)
        look()
        void ended.then((code) =>
          reject(new Error(`it ended with ${code} before it printed ${text}:\n${stdout}${stderr}`)),
        )
      }),
  }
}

/** The authorization URL that `sluice login` prints. */
export async function printedUrl(login: Run): Promise<string> {
  const url = (): string | undefined => /(https?:\S+\/oauth\/authorize\S+)/.exec(login.stderr())?.[1]
  await until('the terminal shows where to sign in', () => url() !== undefined)
  return url() as string
}
