// Where a client keeps its state: the XDG state folder, or the platform's own (XDG Base Directory Specification 0.8).
import { homedir } from 'node:os'
import { join } from 'node:path'

export function stateFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (env['XDG_STATE_HOME']) return join(env['XDG_STATE_HOME'], 'sluice')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'sluice')
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'sluice')
  return join(home, '.local', 'state', 'sluice')
}
