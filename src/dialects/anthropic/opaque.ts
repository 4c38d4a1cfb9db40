// What a Messages request or reply holds that no detector can look into, and what reaches beyond the exchange.
import { carried, COMMON_CARRIERS, fetched, Opaque, plainName, words } from '../carriers.ts'
import { isThere, itemsOf, listedIn, member, stringOf, type JsonNode } from '../json.ts'
import { FREE } from './keys.ts'

const CARRIERS = { keys: new Set([...COMMON_CARRIERS, 'encrypted_content', 'encrypted_index']), free: FREE }
const READABLE = words('text thinking tool_use tool_result server_tool_use tool_reference search_result')

/** Parts of a request that can't be inspected, such as `messages[0].content[1] (image)`. */
export function opaqueParts(root: JsonNode): string[] {
  const found = new Opaque()
  itemsOf(member(root, 'messages')).forEach((message, m) =>
    opaqueBlocks(member(message, 'content'), `messages[${m}].content`, found),
  )
  opaqueBlocks(member(root, 'system'), 'system', found)
  return [...carried(root, CARRIERS, found).names]
}

/** The same of a reply, or of one event of it: blocks, seals, and what citations carry. */
export function opaqueReplyParts(root: JsonNode): string[] {
  const found = new Opaque()
  opaqueBlocks(member(member(root, 'message') ?? root, 'content'), 'content', found)
  const block = member(root, 'content_block')
  if (block) opaqueBlock(block, 'content_block', found)
  if (isSealed(member(member(root, 'delta'), 'signature'))) found.add('a signature')
  return [...carried(root, CARRIERS, found).names]
}

function opaqueBlocks(content: JsonNode | undefined, at: string, found: Opaque): void {
  itemsOf(content).forEach((block, index) => opaqueBlock(block, `${at}[${index}]`, found))
}

function opaqueBlock(block: JsonNode, at: string, found: Opaque): void {
  if (isOpaqueBlock(block)) found.add(`${at} (${plainName(stringOf(member(block, 'type')))})`, block)
  else if (isSealed(member(block, 'signature'))) found.add(`${at}.signature`)
  opaqueBlocks(member(block, 'content'), `${at}.content`, found)
}

function isOpaqueBlock(block: JsonNode): boolean {
  const type = stringOf(member(block, 'type'))
  if (type !== 'document') return type === undefined || !READABLE.has(type)
  const kind = stringOf(member(member(block, 'source'), 'type'))
  return kind !== 'text' && kind !== 'content'
}

/** A signature is opaque, unless it is as short as an id: that is looked at like one. */
function isSealed(signature: JsonNode | undefined): boolean {
  return isThere(signature) && !/^[\w-]{0,64}$/.test(stringOf(signature) ?? '?')
}

// Tools that the caller's own side runs; the model server runs every other.
const OWN_TOOL = /^(?:custom|(?:bash|text_editor|computer|memory)_\d{8})$/

/** What the model server would keep, or whom it would call: containers, files, hosted tools, addresses. */
export function beyondAsked(root: JsonNode): string[] {
  const found = fetched(root, FREE)
  for (const key of ['container', 'mcp_servers']) if (isThere(member(root, key))) found.add(key)
  listedIn(member(root, 'tools')).forEach((tool, index) => {
    const type = member(tool, 'type')
    if (isThere(type) && !OWN_TOOL.test(stringOf(type) ?? '')) {
      found.add(`tools[${index}] (${plainName(stringOf(type))})`)
    }
  })
  return [...found]
}
