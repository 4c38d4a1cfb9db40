// A Secret Service of one's own: gnome-keyring on a message bus that nobody else is on.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'

const NEEDED = ['dbus-daemon', 'gnome-keyring-daemon']

/** What to install before a Secret Service can be started here; undefined where nothing is missing. */
export function missingForSecretService(): string | undefined {
  const missing = NEEDED.filter((name) => spawnSync('which', [name]).status !== 0)
  if (missing.length === 0) return undefined
  return `needs ${missing.join(' and ')}: apt-get install gnome-keyring libsecret-1-0 libsecret-tools dbus`
}

export interface SecretService {
  /** Locks the keyring, as a screen saver may. */
  lock(): void
  /** Stops it in the middle of whatever it does. */
  pause(): void
  goOn(): void
  end(): void
}

/** Starts one with an unlocked keyring, for this process and its children, until the test ends. */
export async function startSecretService(
  t: Test,
  options: { unlocked: boolean } = { unlocked: true },
): Promise<SecretService> {
  const home = mkdtempSync(join(tmpdir(), 'sluice-keyring-'))
  mkdirSync(join(home, '.local/share/keyrings'), { recursive: true })
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--nosyslog', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home },
  })
  const address = await new Promise<string>((told) =>
    bus.stdout.once('data', (line) => told(String(line).trim())),
  )
  const before = process.env['DBUS_SESSION_BUS_ADDRESS']
  process.env['DBUS_SESSION_BUS_ADDRESS'] = address
  const stops = [() => bus.kill()]
  t.teardown(() => {
    for (const stop of stops) stop()
    if (before === undefined) delete process.env['DBUS_SESSION_BUS_ADDRESS']
    else process.env['DBUS_SESSION_BUS_ADDRESS'] = before
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  })
  if (!options.unlocked) return { lock() {}, pause() {}, goOn() {}, end() {} }
  const env = { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, XDG_DATA_HOME: join(home, '.local/share') }
  const keyring = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env,
  })
  stops.unshift(() => keyring.kill('SIGKILL'))
  keyring.stdin.end('the password of the keyring')
  await untilItAnswers(address)
  return {
    lock: () => void spawnSync('dbus-send', LOCK),
    pause: () => keyring.kill('SIGSTOP'),
    goOn: () => keyring.kill('SIGCONT'),
    end: () => keyring.kill('SIGKILL'),
  }
}

const LOCK = [
  ...['--session', '--dest=org.freedesktop.secrets', '--print-reply', '/org/freedesktop/secrets'],
  ...['org.freedesktop.Secret.Service.Lock', 'array:objpath:/org/freedesktop/secrets/collection/login'],
]

async function untilItAnswers(address: string): Promise<void> {
  const ask = [
    `--bus=${address}`,
    '--dest=org.freedesktop.DBus',
    '--print-reply',
    '/org/freedesktop/DBus',
    'org.freedesktop.DBus.NameHasOwner',
    'string:org.freedesktop.secrets',
  ]
  for (let i = 0; i < 100; i++) {
    if (spawnSync('dbus-send', ask, { encoding: 'utf8' }).stdout.includes('boolean true')) return
    await sleep(50)
  }
  throw new Error('gnome-keyring did not start')
}
