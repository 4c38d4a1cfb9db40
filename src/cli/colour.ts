// Colour, where the terminal has it and the user wants it.
import { Chalk, type ChalkInstance } from 'chalk'

export let colour: ChalkInstance = new Chalk()

export function setColour(wanted: boolean): void {
  colour = wanted ? new Chalk() : new Chalk({ level: 0 })
}
