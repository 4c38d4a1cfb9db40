// Variety: what is filled in for show (`xxxx`, `0000`) has little of it.

const ASCII = 128
const counts = new Uint16Array(ASCII)

/** Whether no ASCII character, of either case, makes up a third of the text. */
export function isVaried(text: string): boolean {
  counts.fill(0)
  let most = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    const folded = unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit
    if (folded < ASCII) most = Math.max(most, (counts[folded] = (counts[folded] as number) + 1))
  }
  return most * 3 < text.length
}
