// A channel of streamed replies: how an API says a text in pieces, and how a client puts it together again.

export interface StreamChannel {
  readonly path: string
  readonly name: string
  /** The channel holds JSON text: what is said is a member of it. */
  readonly isJson?: true
  /** The frames of a stream that says these pieces in the channel, one after the other, and then ends. */
  frames(pieces: readonly string[], json: (value: unknown) => string): string[]
  /** What a client has in the end, as often as it was told. */
  heard(frames: readonly Frame[]): string[]
}

/** What a client's parser reads off a frame. */
export interface Frame {
  // Whatever it is: a client looks where its API puts a text.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly data: any
}

/** The frames of a stream, as they came. */
export function framesOf(wire: string): Frame[] {
  return wire
    .split('\n')
    .map((line) => line.replace(/^data: ?/, ''))
    .filter((line) => line.startsWith('{'))
    .map((line) => ({ data: JSON.parse(line) as unknown }))
}

export type Json = (value: unknown) => string
export type Pick = (data: Frame['data']) => string | undefined

/** The texts that successive frames add up to. */
export function joined(frames: readonly Frame[], pick: Pick): string {
  return frames.map(({ data }) => pick(data) ?? '').join('')
}

/** The texts that stand in single frames. */
export function copies(frames: readonly Frame[], ...picks: readonly Pick[]): string[] {
  return picks.flatMap((pick) => frames.flatMap(({ data }) => pick(data) ?? []))
}
