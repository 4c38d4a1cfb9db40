// What a Responses request or reply holds that no detector can look into, and what reaches beyond the exchange.
import { carried, COMMON_CARRIERS, fetched, Opaque, plainName, words } from '../carriers.ts'
import {
  integerOf,
  isEmpty,
  isOn,
  isThere,
  itemsOf,
  listedIn,
  member,
  stringOf,
  type JsonNode,
} from '../json.ts'
import { FREE } from './keys.ts'

const CARRIERS = { keys: new Set([...COMMON_CARRIERS, 'encrypted_content', 'fingerprint']), free: FREE }
const ITEMS = words(
  `message function_call function_call_output custom_tool_call custom_tool_call_output reasoning local_shell_call
   local_shell_call_output shell_call shell_call_output apply_patch_call apply_patch_call_output item_reference`,
)
const PARTS = words('input_text output_text text refusal reasoning_text summary_text')

/** Parts of a request that can't be inspected, such as `input[0].content[1] (input_image)`. */
export function opaqueParts(root: JsonNode): string[] {
  const found = new Opaque()
  opaqueItems(member(root, 'input'), 'input', found)
  return [...carried(root, CARRIERS, found).names]
}

/** The same of a reply, or of one event of it: items, parts, sealed text, and views of the text as tokens. */
export function opaqueReplyParts(root: JsonNode): string[] {
  const found = new Opaque()
  const item = member(root, 'item')
  if (item) opaqueItem(item, 'item', found)
  const part = member(root, 'part')
  if (part) opaquePart(part, 'part', found)
  opaqueItems(member(member(root, 'response') ?? root, 'output'), 'output', found)
  views(root, found)
  return [...carried(root, CARRIERS, found).names]
}

function opaqueItems(items: JsonNode | undefined, at: string, found: Opaque): void {
  itemsOf(items).forEach((item, index) => opaqueItem(item, `${at}[${index}]`, found))
}

function opaqueItem(item: JsonNode, at: string, found: Opaque): void {
  const type = stringOf(member(item, 'type')) ?? 'message'
  if (!ITEMS.has(type)) found.add(`${at} (${plainName(type)})`, item)
  for (const key of ['content', 'summary', 'output']) {
    itemsOf(member(item, key)).forEach((part, index) => opaquePart(part, `${at}.${key}[${index}]`, found))
  }
}

function opaquePart(part: JsonNode, at: string, found: Opaque): void {
  const type = stringOf(member(part, 'type'))
  if (type === undefined || !PARTS.has(type)) found.add(`${at} (${plainName(type)})`, part)
}

function views(node: JsonNode, found: Opaque): void {
  if (node.kind === 'array') for (const item of node.items) views(item, found)
  else if (node.kind === 'object') {
    for (const { key, value } of node.members) {
      if (key.value === 'logprobs' && !isEmpty(value)) found.add('logprobs', value)
      else if (!FREE.has(key.value)) views(value, found)
    }
  }
}

/** Names of what would put token views or sealed parts into the reply. */
export function opaqueAsked(root: JsonNode, body: string): string[] {
  const found = listedIn(member(root, 'include')).map((item) => `include ${includeName(stringOf(item))}`)
  const logprobs = member(root, 'top_logprobs')
  if (isThere(logprobs) && integerOf(logprobs, body) !== 0) found.push('top_logprobs')
  return found
}

const INCLUDES = words(
  `code_interpreter_call.outputs computer_call_output.output.image_url file_search_call.results
   message.input_image.image_url message.output_text.logprobs reasoning.encrypted_content web_search_call.action.sources
   web_search_call.results`,
)

function includeName(name: string | undefined): string {
  return name !== undefined && INCLUDES.has(name) ? name : '(unknown)'
}

// Tools that the caller's own side runs; the model server runs every other.
const OWN_TOOLS = words('function custom local_shell apply_patch computer computer_use_preview')
const STATE = ['previous_response_id', 'conversation', 'prompt']

/** What the model server would keep, or whom it would call: earlier responses, background work, hosted tools, addresses. */
export function beyondAsked(root: JsonNode): string[] {
  const found = fetched(root, FREE)
  for (const key of STATE) if (isThere(member(root, key))) found.add(key)
  for (const key of ['store', 'background']) if (isOn(member(root, key))) found.add(key)
  itemsOf(member(root, 'input')).forEach((item, index) => {
    const type = stringOf(member(item, 'type'))
    // A reference need not say that it is one; a message must have its role.
    const isReference = type === undefined ? !isThere(member(item, 'role')) : type === 'item_reference'
    if (isReference) found.add(`input[${index}] (item_reference)`)
  })
  listedIn(member(root, 'tools')).forEach((tool, index) => {
    const type = stringOf(member(tool, 'type'))
    if (type === undefined || !OWN_TOOLS.has(type)) found.add(`tools[${index}] (${plainName(type)})`)
  })
  return [...found]
}
