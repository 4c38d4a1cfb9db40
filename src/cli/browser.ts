// Whether this machine can show a person a web page.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Why no browser is to be used; undefined where one is. */
export function whyNoBrowser(wanted: boolean): string | undefined {
  if (!wanted) return 'without a browser, as you asked'
  if (!process.stdout.isTTY) return 'no terminal here'
  return hasBrowser() ? undefined : 'no display here'
}

function hasBrowser(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): boolean {
  if (platform !== 'linux') return true
  if (env['BROWSER']) return true
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return false
  return (env['PATH'] ?? '').split(delimiter).some((folder) => isProgram(join(folder, 'xdg-open')))
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
