// nginx as a proxy that looks at nothing, where it is installed.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../support/free-port.ts'
import { until } from '../../support/until.ts'
import { bound, ended } from './child.ts'
import type { Peer } from './peers.ts'

export async function startNginxPeer(upstream: string): Promise<Peer | undefined> {
  const program = ['nginx', '/usr/sbin/nginx'].find((name) => spawnSync(name, ['-v']).status === 0)
  if (!program) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-nginx-'))
  const port = await freePort()
  writeFileSync(join(folder, 'nginx.conf'), nginxConf(folder, port, new URL(upstream).host))
  const child = bound(spawn(program, ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' }))
  await until('nginx serves', () => accepts(port))
  const worker = Number(
    readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0],
  )
  return {
    name: 'nginx',
    origin: `http://127.0.0.1:${port}`,
    token: 'none',
    // One worker of one thread; the kernel's own count of its time, in nanoseconds.
    cpu: () =>
      Promise.resolve(Number(readFileSync(`/proc/${worker}/schedstat`, 'utf8').split(' ')[0]) / 1000),
    stop: () => ended(child),
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

function nginxConf(folder: string, port: number, upstream: string): string {
  return `daemon off; worker_processes 1; pid ${folder}/pid; error_log /dev/null;
events { worker_connections 1024; }
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream model { server ${upstream}; keepalive 128; }
  server {
    listen 127.0.0.1:${port}; keepalive_requests 1000000;
    location / { proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
`
}
