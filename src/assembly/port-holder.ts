// Who holds a port of this machine, in words for a message.
import { portHolder } from '../adapters/proc/port-holder.ts'

/** Such as `port 4141 is in use by nginx (pid 4242)`. */
export function portHeldBy(port: number): string {
  return `port ${port} is in use by ${portHolder(port, '127.0.0.1') ?? 'another program'}`
}
