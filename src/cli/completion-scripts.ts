// What each shell must be told to complete `sluice`, and how a person tells it.
import { readFileSync } from 'node:fs'

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const
export type Shell = (typeof SHELLS)[number]

const FILES: { readonly [shell in Shell]: string } = {
  bash: 'sluice.bash',
  zsh: 'sluice.zsh',
  fish: 'sluice.fish',
  powershell: 'sluice.ps1',
}

/** The script of a shell, as it is in completions/. */
export function completionScript(shell: Shell): string {
  return readFileSync(new URL(`../../completions/${FILES[shell]}`, import.meta.url), 'utf8')
}

/** How a person turns completion on, now and for later shells. */
export const SET_UP: { readonly [shell in Shell]: string } = {
  bash: `echo 'eval "$(sluice autocomplete bash)"' >> ~/.bashrc`,
  zsh: `echo 'autoload -U compinit && compinit; eval "$(sluice autocomplete zsh)"' >> ~/.zshrc`,
  fish: 'sluice autocomplete fish > ~/.config/fish/completions/sluice.fish',
  powershell: `Add-Content $PROFILE 'sluice autocomplete powershell | Out-String | Invoke-Expression'`,
}

/** The shell that is in use, as far as its environment tells. */
export function shellInUse(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): Shell | undefined {
  const name = (env['SHELL'] ?? '').replace(/^.*[/\\]/, '').replace(/\.exe$/, '')
  if (name === 'pwsh') return 'powershell'
  return SHELLS.find((shell) => shell === name) ?? (platform === 'win32' ? 'powershell' : undefined)
}
