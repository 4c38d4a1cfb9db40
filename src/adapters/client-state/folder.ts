// Where a client keeps its state: the XDG state folder, or the platform's own (XDG Base Directory Specification 0.8).
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { SluiceError } from '../../base/errors.ts'

export function stateFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  // One that is not absolute is invalid, says the specification, and to be ignored.
  const xdg = env['XDG_STATE_HOME']
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'sluice')
  if (home === '') {
    throw new SluiceError('ERR_STORE', 'There is no home folder to keep anything in: HOME is empty.', {
      nextSteps: ['Set HOME, or XDG_STATE_HOME to the folder where sluice may keep its state.'],
    })
  }
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'sluice')
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'sluice')
  return join(home, '.local', 'state', 'sluice')
}
