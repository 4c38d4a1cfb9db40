// Colour, where the terminal has it and the user wants it.
import { Chalk, type ChalkInstance, supportsColor, supportsColorStderr } from 'chalk'
import { stripVTControlCharacters } from 'node:util'

const levels = {
  stdout: supportsColor ? supportsColor.level : 0,
  stderr: supportsColorStderr ? supportsColorStderr.level : 0,
} as const

export let colour: ChalkInstance = inLevel(Math.max(levels.stdout, levels.stderr))

export function setColour(wanted: boolean): void {
  colour = inLevel(wanted ? Math.max(levels.stdout, levels.stderr) : 0)
}

/** The text, without its colours where the stream shows none: the other one may be a terminal. */
export function colouredFor(stream: 'stdout' | 'stderr', text: string): string {
  return levels[stream] === 0 ? stripVTControlCharacters(text) : text
}

function inLevel(level: number): ChalkInstance {
  return new Chalk({ level: level as 0 | 1 | 2 | 3 })
}
