// What a Messages request or reply holds that no detector can look into, and what reaches beyond the exchange.
import { carried, COMMON_CARRIERS, fetched, plainName, words } from '../carriers.ts'
import { isThere, member, stringOf, type JsonNode } from '../json.ts'
import { FREE } from './keys.ts'

const CARRIERS = { keys: new Set([...COMMON_CARRIERS, 'encrypted_content', 'encrypted_index']), free: FREE }
const READABLE = words('text thinking tool_use tool_result server_tool_use tool_reference search_result')

/** Parts of a request that can't be inspected, such as `messages[0].content[1] (image)`. */
export function opaqueParts(root: JsonNode): string[] {
  const found = new Set<string>()
  itemsOf(member(root, 'messages')).forEach((message, m) =>
    opaqueBlocks(member(message, 'content'), `messages[${m}].content`, found),
  )
  opaqueBlocks(member(root, 'system'), 'system', found)
  return [...carried(root, CARRIERS, found)]
}

/** Blocks of another kind than text that can be read; `at` names the list. */
export function opaqueBlocks(content: JsonNode | undefined, at: string, found: Set<string>): void {
  itemsOf(content).forEach((block, index) => {
    const place = `${at}[${index}]`
    if (isOpaqueBlock(block)) found.add(`${place} (${plainName(stringOf(member(block, 'type')))})`)
    else if (isSealed(member(block, 'signature'))) found.add(`${place}.signature`)
    opaqueBlocks(member(block, 'content'), `${place}.content`, found)
  })
}

function isOpaqueBlock(block: JsonNode): boolean {
  const type = stringOf(member(block, 'type'))
  if (type !== 'document') return type === undefined || !READABLE.has(type)
  const kind = stringOf(member(member(block, 'source'), 'type'))
  return kind !== 'text' && kind !== 'content'
}

/** A signature is opaque, unless it is as short as an id: that is looked at like one. */
export function isSealed(signature: JsonNode | undefined): boolean {
  return isThere(signature) && !/^[\w-]{0,64}$/.test(stringOf(signature) ?? '?')
}

// Tools that the caller's own side runs; the model server runs every other.
const OWN_TOOL = /^(?:custom|(?:bash|text_editor|computer|memory)_\d{8})$/

/** What the model server would keep, or whom it would call: containers, files, hosted tools, addresses. */
export function beyondAsked(root: JsonNode): string[] {
  const found = fetched(root, FREE)
  for (const key of ['container', 'mcp_servers']) if (isThere(member(root, key))) found.add(key)
  itemsOf(member(root, 'tools')).forEach((tool, index) => {
    const type = member(tool, 'type')
    if (isThere(type) && !OWN_TOOL.test(stringOf(type) ?? '')) {
      found.add(`tools[${index}] (${plainName(stringOf(type))})`)
    }
  })
  return [...found]
}

function itemsOf(node: JsonNode | undefined): readonly JsonNode[] {
  return node?.kind === 'array' ? node.items : []
}
