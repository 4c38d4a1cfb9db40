// What a chat completion request holds, or asks the reply to hold, that no detector can look into.
import { carried, COMMON_CARRIERS, fetched, Opaque, plainName, words } from '../carriers.ts'
import { integerOf, isOn, isThere, itemsOf, listedIn, member, stringOf, type JsonNode } from '../json.ts'

/** Keys that carry media, token ids or embeddings, wherever the model server would read them. */
export const CARRIERS = new Set([...COMMON_CARRIERS, 'prompt'])

/** Keys that ask for token views of the text: on or off, and how many. */
export const SWITCHES = `logprobs return_token_ids return_tokens_as_token_ids return_prompt_text echo`.split(
  ' ',
)
export const COUNTS = `top_logprobs prompt_logprobs`.split(' ')

/** Below these, keys are names that the caller chose (schema properties, labels), not what the server reads. */
const FREE = words('tools functions response_format metadata guided_json structured_outputs logit_bias')

/** Names of the parts that can't be inspected, such as `messages[0].content[1] (image_url)`; none twice. */
export function opaqueParts(root: JsonNode): string[] {
  const found = new Opaque()
  itemsOf(member(root, 'messages')).forEach((message, m) => {
    itemsOf(member(message, 'content')).forEach((part, p) => {
      const type = stringOf(member(part, 'type'))
      if (type === 'text' || type === 'refusal') return
      found.add(`messages[${m}].content[${p}] (${plainName(type)})`, part)
    })
  })
  if (root.kind === 'object') {
    // At the top, `audio` says how the reply is to sound.
    const members = root.members.filter(({ key }) => key.value !== 'audio')
    carried({ ...root, members }, { keys: CARRIERS, free: FREE }, found)
  }
  return [...found.names]
}

const VIEWS = words('logprobs token_ids prompt_token_ids prompt_logprobs prompt_text __verbose')

/** The same of a reply, or of one event of it: views of the text as tokens, and media. */
export function opaqueReplyParts(root: JsonNode): string[] {
  const found = new Opaque()
  views(root, '', found)
  itemsOf(member(root, 'choices')).forEach((choice, index) => views(choice, `choices[${index}].`, found))
  return [...carried(root, { keys: CARRIERS, free: FREE }, found).names]
}

function views(node: JsonNode, at: string, found: Opaque): void {
  if (node.kind !== 'object') return
  for (const { key, value } of node.members) {
    if (VIEWS.has(key.value) && isThere(value)) found.add(`${at}${key.value}`, value)
  }
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
  if (listedIn(member(root, 'modalities')).some((item) => stringOf(item) !== 'text')) {
    asked.push('modalities')
  }
  const audio = member(root, 'audio')
  if (audio && audio.kind !== 'literal') asked.push('audio')
  return asked
}

/** In OpenAI's API, and in those of servers that search the web in their own ways. */
export const KEEPS_OR_CALLS = `store web_search_options search_parameters enable_search plugins`.split(' ')

/** What the model server would keep, or whom it would call: a stored completion, a web search, an image's address. */
export function beyondAsked(root: JsonNode): string[] {
  const found = [...fetched(root, FREE)]
  for (const key of KEEPS_OR_CALLS) if (isOn(member(root, key))) found.push(key)
  listedIn(member(root, 'tools')).forEach((tool, index) => {
    const type = stringOf(member(tool, 'type'))
    if (type !== 'function' && type !== 'custom') found.push(`tools[${index}] (${plainName(type)})`)
  })
  return found
}
