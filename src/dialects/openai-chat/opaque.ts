// What a chat completion request holds, or asks the reply to hold, that no detector can look into.
import { integerOf, member, stringOf, type JsonNode } from '../json.ts'

/** Keys that carry media, token ids, embeddings or server-side state, wherever the model server would read them. */
export const CARRIERS =
  `image image_url images audio input_audio video video_url input_video file files file_data file_id
 prompt prompt_embeds prompt_token_ids input_ids token_ids input_embeds embeddings kv_transfer_params
 mm_processor_kwargs multi_modal_data`.split(/\s+/)

/** Keys that ask for token views of the text: on or off, and how many. */
export const SWITCHES = `logprobs return_token_ids return_tokens_as_token_ids return_prompt_text echo`.split(
  ' ',
)
export const COUNTS = `top_logprobs prompt_logprobs`.split(' ')

/** Below these, keys are names that the caller chose (schema properties, labels), not what the server reads. */
const FREE = new Set(
  `tools functions response_format metadata guided_json structured_outputs logit_bias`.split(' '),
)
const A_LIST_OF_IDS = 16

/** Names of the parts that can't be inspected, such as `messages[0].content[1] (image_url)`; none twice. */
export function opaqueParts(root: JsonNode): string[] {
  const found = new Set<string>()
  const messages = member(root, 'messages')
  const parts = messages?.kind === 'array' ? messages.items.map((message) => member(message, 'content')) : []
  parts.forEach((content, m) => {
    if (content?.kind !== 'array') return
    content.items.forEach((part, p) => {
      const type = stringOf(member(part, 'type'))
      if (type === 'text' || type === 'refusal') return
      found.add(`messages[${m}].content[${p}] (${plainName(type)})`)
    })
  })
  if (root.kind === 'object') {
    // At the top, `audio` says how the reply is to sound.
    for (const { key, value } of root.members) if (key.value !== 'audio') visit(key.value, value, found)
  }
  return [...found]
}

/** Names of the members that would put token views or media into the reply. */
export function opaqueAsked(root: JsonNode, body: string): string[] {
  const asked = SWITCHES.filter((key) => {
    const node = member(root, key)
    return node !== undefined && !(node.kind === 'literal' && node.value !== true)
  })
  for (const key of COUNTS) {
    const node = member(root, key)
    if (node !== undefined && node.kind !== 'literal' && integerOf(node, body) !== 0) asked.push(key)
  }
  const modalities = member(root, 'modalities')
  if (modalities?.kind === 'array' && modalities.items.some((item) => stringOf(item) !== 'text')) {
    asked.push('modalities')
  }
  const audio = member(root, 'audio')
  if (audio && audio.kind !== 'literal') asked.push('audio')
  return asked
}

/** What would leave a trace at the model server, or make it call somebody: a kept completion, a web search. */
export function beyondAsked(root: JsonNode): string[] {
  const found: string[] = []
  const store = member(root, 'store')
  if (store?.kind === 'literal' && store.value === true) found.push('store')
  const search = member(root, 'web_search_options')
  if (search && search.kind !== 'literal') found.push('web_search_options')
  const tools = member(root, 'tools')
  if (tools?.kind === 'array') {
    tools.items.forEach((tool, index) => {
      const type = stringOf(member(tool, 'type'))
      if (type !== 'function' && type !== 'custom') found.push(`tools[${index}] (${plainName(type)})`)
    })
  }
  return found
}

function visit(key: string, value: JsonNode, found: Set<string>): void {
  if (CARRIERS.includes(key) && value.kind !== 'literal') found.add(key)
  else if (!FREE.has(key)) walk(value, found)
}

function walk(node: JsonNode, found: Set<string>): void {
  if (node.kind === 'array') {
    if (node.items.length >= A_LIST_OF_IDS && node.items.every(({ kind }) => kind === 'number')) {
      found.add('a list of numbers')
    }
    for (const item of node.items) if (!isOpaquePart(item)) walk(item, found)
  } else if (node.kind === 'object') {
    for (const { key, value } of node.members) visit(key.value, value, found)
  } else if (node.kind === 'string' && /^data:[^,]{0,200};base64,/i.test(node.value)) found.add('a data URL')
}

/** A content part that is not text: named as a whole, so nothing in it needs naming again. */
function isOpaquePart(node: JsonNode): boolean {
  const type = stringOf(member(node, 'type'))
  return type !== undefined && CARRIERS.includes(type)
}

/** A type's name as the caller wrote it, if it is a plain word. */
function plainName(type: string | undefined): string {
  return type !== undefined && /^[a-z_]{1,32}$/.test(type) ? type : 'unknown type'
}
