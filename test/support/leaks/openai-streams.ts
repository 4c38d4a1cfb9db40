// The channels of streamed replies of OpenAI's two APIs, with the copies that come after.
import { messageItem } from './answers.ts'
import { copies, joined, type Frame, type Pick, type StreamChannel } from './stream-channel.ts'

// OpenAI chat completions.

const choice = (delta: object, finish: string | null = null, index = 0, more: object = {}): object => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index, delta, finish_reason: finish, ...more }],
})

function chat(
  name: string,
  delta: (piece: string) => object,
  pick: Pick,
  more: Partial<StreamChannel> = {},
): StreamChannel {
  return {
    path: '/v1/chat/completions',
    name,
    frames: (pieces, json) => [
      ...[
        choice({ role: 'assistant' }),
        ...pieces.map((piece) => choice(delta(piece))),
        choice({}, 'stop'),
      ].map((value) => `data: ${json(value)}\n\n`),
      'data: [DONE]\n\n',
    ],
    heard: (frames) => [joined(frames, pick)],
    ...more,
  }
}

const args = (piece: string): object => ({ tool_calls: [{ index: 0, function: { arguments: piece } }] })

export const CHAT_CHANNELS: readonly StreamChannel[] = [
  chat(
    'content',
    (content) => ({ content }),
    (data) => data.choices[0].delta.content,
  ),
  chat(
    'parts of a content',
    (text) => ({ content: [{ type: 'text', text }] }),
    (data) => data.choices[0].delta.content?.[0].text,
  ),
  chat(
    'reasoning',
    (reasoning_content) => ({ reasoning_content }),
    (data) => data.choices[0].delta.reasoning_content,
  ),
  chat(
    'refusal',
    (refusal) => ({ refusal }),
    (data) => data.choices[0].delta.refusal,
  ),
  chat('arguments of a tool', args, (data) => data.choices[0].delta.tool_calls?.[0].function.arguments, {
    isJson: true,
  }),
  chat(
    'arguments of a function',
    (piece) => ({ function_call: { arguments: piece } }),
    (data) => data.choices[0].delta.function_call?.arguments,
    { isJson: true },
  ),
  chat(
    'content that is JSON',
    (content) => ({ content }),
    (data) => data.choices[0].delta.content,
    { isJson: true },
  ),
  chat(
    'a field that nobody knows',
    (surprise) => ({ surprise }),
    (data) => data.choices[0].delta.surprise,
  ),
  chat(
    'a copy of the message',
    () => ({}),
    () => undefined,
    {
      frames: (pieces, json) => [
        `data: ${json(choice({}, 'stop', 0, { message: { role: 'assistant', content: pieces.join('') } }))}\n\n`,
        'data: [DONE]\n\n',
      ],
      heard: (frames) => copies(frames, (data) => data.choices[0].message?.content),
    },
  ),
  chat(
    'two choices that take turns',
    () => ({}),
    () => undefined,
    {
      frames: (pieces, json) => [
        ...pieces.flatMap((content) =>
          [0, 1].map((index) => `data: ${json(choice({ content }, null, index))}\n\n`),
        ),
        ...[0, 1].map((index) => `data: ${json(choice({}, 'stop', index))}\n\n`),
        'data: [DONE]\n\n',
      ],
      heard: (frames) =>
        [0, 1].map((index) =>
          joined(frames, (data) => (data.choices[0].index === index ? data.choices[0].delta.content : '')),
        ),
    },
  ),
]

// OpenAI Responses.

interface Item {
  readonly begun: object
  readonly done: (text: string) => object
  readonly family: string
  readonly field: string
  readonly place: object
  readonly part?: (text: string) => object
  /** Where the copies of the text are, in an item. */
  readonly copy: Pick
}

const ITEMS: Record<string, Item> = {
  'output text': {
    begun: { ...messageItem(''), content: [] },
    done: messageItem,
    family: 'output_text',
    field: 'text',
    place: { content_index: 0 },
    part: (text) => ({ type: 'output_text', text, annotations: [] }),
    copy: (item) => item.content?.[0]?.text,
  },
  refusal: {
    begun: { ...messageItem(''), content: [] },
    done: (refusal) => ({ ...messageItem(''), content: [{ type: 'refusal', refusal }] }),
    family: 'refusal',
    field: 'refusal',
    place: { content_index: 0 },
    part: (refusal) => ({ type: 'refusal', refusal }),
    copy: (item) => item.content?.[0]?.refusal,
  },
  reasoning: {
    begun: { id: 'i', type: 'reasoning', summary: [] },
    done: (text) => ({
      id: 'i',
      type: 'reasoning',
      summary: [],
      content: [{ type: 'reasoning_text', text }],
    }),
    family: 'reasoning_text',
    field: 'text',
    place: { content_index: 0 },
    part: (text) => ({ type: 'reasoning_text', text }),
    copy: (item) => item.content?.[0]?.text,
  },
  'a summary of the reasoning': {
    begun: { id: 'i', type: 'reasoning', summary: [] },
    done: (text) => ({ id: 'i', type: 'reasoning', summary: [{ type: 'summary_text', text }] }),
    family: 'reasoning_summary_text',
    field: 'text',
    place: { summary_index: 0 },
    copy: (item) => item.summary?.[0]?.text,
  },
  'arguments of a tool': {
    begun: { id: 'i', type: 'function_call', call_id: 'c', name: 'f', arguments: '' },
    done: (text) => ({ id: 'i', type: 'function_call', call_id: 'c', name: 'f', arguments: text }),
    family: 'function_call_arguments',
    field: 'arguments',
    place: {},
    copy: (item) => item.arguments,
  },
  'input of a custom tool': {
    begun: { id: 'i', type: 'custom_tool_call', call_id: 'c', name: 'f', input: '' },
    done: (text) => ({ id: 'i', type: 'custom_tool_call', call_id: 'c', name: 'f', input: text }),
    family: 'custom_tool_call_input',
    field: 'input',
    place: {},
    copy: (item) => item.input,
  },
}

function responses([name, item]: readonly [string, Item]): StreamChannel {
  return {
    path: '/v1/responses',
    name,
    ...(name === 'arguments of a tool' && { isJson: true }),
    frames(pieces, json) {
      const text = pieces.join('')
      const whole = (status: string, output: object[]): object => ({
        response: { id: 'r', object: 'response', status, model: 'm', output },
      })
      const at = { item_id: 'i', output_index: 0, ...item.place }
      const part = (step: string, said: string): [string, object][] =>
        item.part ? [[`content_part.${step}`, { ...at, part: item.part(said) }]] : []
      const events: [string, object][] = [
        ['created', whole('in_progress', [])],
        ['output_item.added', { output_index: 0, item: item.begun }],
        ...part('added', ''),
        ...pieces.map((delta): [string, object] => [`${item.family}.delta`, { ...at, delta }]),
        [`${item.family}.done`, { ...at, [item.field]: text }],
        ...part('done', text),
        ['output_item.done', { output_index: 0, item: item.done(text) }],
        ['completed', whole('completed', [item.done(text)])],
      ]
      return events.map(
        ([type, value], number) =>
          `event: response.${type}\ndata: ${json({ type: `response.${type}`, sequence_number: number, ...value })}\n\n`,
      )
    },
    heard: (frames) => {
      const of = (type: string): Frame[] => frames.filter(({ data }) => data.type === `response.${type}`)
      return [
        joined(of(`${item.family}.delta`), (data) => data.delta),
        ...copies(of(`${item.family}.done`), (data) => data[item.field]),
        ...copies(of('content_part.done'), (data) => data.part.text ?? data.part.refusal),
        ...copies(of('output_item.done'), (data) => item.copy(data.item)),
        ...copies(of('completed'), (data) => item.copy(data.response.output[0])),
      ]
    },
  }
}

export const RESPONSES_CHANNELS: readonly StreamChannel[] = Object.entries(ITEMS).map(responses)
