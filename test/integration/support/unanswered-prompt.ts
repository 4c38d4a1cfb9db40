// A prompter that shows nothing: it has the names that a keyring asks for passwords by, takes every call, and goes no
// further (D-Bus Specification, "Message Protocol" and "Authentication Protocol").
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'

const NAMES = ['org.gnome.keyring.SystemPrompter', 'org.gnome.keyring.PrivatePrompter']
const BUS = [field(1, 'o', '/org/freedesktop/DBus'), field(6, 's', 'org.freedesktop.DBus')]
const [CALL, RETURN] = [1, 2]

/** Takes the names on the session bus until the test ends. `asked` resolves once a prompt was begun. */
export async function neverAnswerPrompts(t: Test): Promise<{ readonly asked: Promise<void> }> {
  const [, path = ''] = /path=([^,]+)/.exec(process.env['DBUS_SESSION_BUS_ADDRESS'] ?? '') ?? []
  const bus = connect(path)
  t.teardown(() => bus.destroy())
  const user = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex')
  bus.write(`\0AUTH EXTERNAL ${user}\r\n`)
  await once(bus, 'data')
  bus.write('BEGIN\r\n')
  await replied(bus, message(CALL, 1, [...BUS, field(3, 's', 'Hello')]))
  for (const [i, name] of NAMES.entries()) {
    const fields = [...BUS, field(3, 's', 'RequestName'), signature('su')]
    await replied(bus, message(CALL, 2 + i, fields, Buffer.concat([aligned(text(name), 4), uint32(0)])))
  }
  let serial = 10
  const asked = new Promise<void>((resolve) =>
    bus.on('data', (bytes: Buffer) => {
      if (bytes[1] !== CALL) return
      const [sender = ''] = /:1\.\d+/.exec(bytes.toString('latin1')) ?? []
      const to = [field(5, 'u', bytes.readUInt32LE(8)), field(6, 's', sender)]
      bus.write(message(RETURN, serial++, to))
      if (bytes.includes('BeginPrompting')) resolve()
    }),
  )
  return { asked }
}

async function replied(bus: Socket, bytes: Buffer): Promise<void> {
  const reply = once(bus, 'data')
  bus.write(bytes)
  await reply
}

function message(type: number, serial: number, fields: Buffer[], body = Buffer.alloc(0)): Buffer {
  const last = fields.at(-1) as Buffer
  const array = Buffer.concat([...fields.slice(0, -1).map((bytes) => aligned(bytes, 8)), last])
  const start = Buffer.from([0x6c, type, 0, 1])
  const head = Buffer.concat([start, uint32(body.length), uint32(serial), uint32(array.length), array])
  return Buffer.concat([aligned(head, 8), body])
}

function field(code: number, type: 'o' | 's' | 'u', value: string | number): Buffer {
  const bytes = typeof value === 'number' ? uint32(value) : text(value)
  return Buffer.concat([Buffer.from([code, 1]), Buffer.from(`${type}\0`), bytes])
}

function signature(of: string): Buffer {
  return Buffer.concat([
    Buffer.from([8, 1]),
    Buffer.from('g\0'),
    Buffer.from([of.length]),
    Buffer.from(`${of}\0`),
  ])
}

function text(value: string): Buffer {
  return Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(`${value}\0`)])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function aligned(bytes: Buffer, to: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((to - (bytes.length % to)) % to)])
}
