// How a shell sets the variables of a tunnel: each has its own way.

export type ShellFormat = 'sh' | 'fish' | 'powershell'

const LINES: { readonly [format in ShellFormat]: (name: string, value: string) => string } = {
  sh: (name, value) => `export ${name}=${inQuotes(value)}`,
  fish: (name, value) => `set -gx ${name} '${value.replace(/[\\']/g, '\\$&')}'`,
  powershell: (name, value) => `$env:${name} = '${value.replace(/['\u2018-\u201b]/g, '$&$&')}'`,
}

/** The line that sets a variable, whatever is in its value. */
export function settingLine(format: ShellFormat, name: string, value: string): string {
  return LINES[format](name, value)
}

/** The command that sets a tunnel's variables, for the shell that is in use: `eval "$(sluice env qwen-coder)"`. */
export function envCommand(
  model: string,
  gateway?: string,
  { platform, shell }: { platform: string; shell: string } = {
    platform: process.platform,
    shell: process.env['SHELL'] ?? '',
  },
): string {
  const at = gateway === undefined ? '' : ` --gateway ${quoted(gateway)}`
  const command = `sluice env ${quoted(model)}${at}`
  if (platform === 'win32' && shell === '') return `${command} --format powershell | iex`
  return shell.endsWith('/fish') ? `${command} --format fish | source` : `eval "$(${command})"`
}

/** A word as POSIX shells take it, whatever is in it: also within eval's double quotes and `$( )`. */
export function quoted(word: string): string {
  return /^[\w./:@+=-]+$/.test(word) ? word : inQuotes(word)
}

function inQuotes(word: string): string {
  return `'${word.replaceAll("'", `'"'"'`)}'`
}
