// Parts of a body that no detector can look into: media, token ids, embeddings, encrypted or kept state.
import type { JsonNode } from './json.ts'
import { isEmpty, member, stringOf } from './json.ts'

export interface Carriers {
  /** Keys that carry such parts, and types of content parts that are such, wherever the model server would read them. */
  readonly keys: ReadonlySet<string>
  /** Keys below which names are the caller's own, not what the server reads. */
  readonly free: ReadonlySet<string>
}

/** Keys that carry media, token ids or embeddings in every API. */
export const COMMON_CARRIERS = words(
  `image image_url images audio input_audio video video_url input_video file files file_data file_id
   prompt_embeds prompt_token_ids input_ids token_ids input_embeds embeddings kv_transfer_params
   mm_processor_kwargs multi_modal_data`,
)

/** Parts that can't be inspected: their names, each once, and the nodes that have one. */
export class Opaque {
  readonly names = new Set<string>()
  readonly nodes = new Set<JsonNode>()

  add(name: string, node?: JsonNode): this {
    this.names.add(name)
    if (node) this.nodes.add(node)
    return this
  }
}

/** Names what a value carries, in whatever has no name yet: a key, a part's type, `a list of numbers`, `a data URL`. */
export function carried(node: JsonNode, carriers: Carriers, found = new Opaque()): Opaque {
  if (found.nodes.has(node)) return found
  if (node.kind === 'array') {
    if (node.items.length >= A_LIST_OF_IDS && node.items.every(({ kind }) => kind === 'number')) {
      found.add('a list of numbers')
    }
    for (const item of node.items) carried(item, carriers, found)
  } else if (node.kind === 'object') {
    const type = stringOf(member(node, 'type'))
    if (type !== undefined && carriers.keys.has(type)) found.add(type)
    for (const { key, value } of node.members) {
      if (found.nodes.has(value)) continue
      if (carriers.keys.has(key.value) && !isEmpty(value)) found.add(key.value)
      else if (!carriers.free.has(key.value)) carried(value, carriers, found)
    }
  } else if (node.kind === 'string' && DATA_URL.test(node.value)) found.add('a data URL')
  return found
}

/** Names the keys under which the model server would find an address to fetch from, or a file that it keeps, each once. */
export function fetched(node: JsonNode, free: ReadonlySet<string>, found = new Set<string>()): Set<string> {
  if (node.kind === 'array') for (const item of node.items) fetched(item, free, found)
  else if (node.kind === 'object') {
    for (const { key, value } of node.members) {
      const text = stringOf(value)
      if (text === undefined) {
        if (!free.has(key.value)) fetched(value, free, found)
      } else if (key.value === 'file_id' ? text !== '' : ADDRESS_KEYS.has(key.value) && ADDRESS.test(text)) {
        found.add(key.value)
      }
    }
  }
  return found
}

const ADDRESS_KEYS = words('url uri image_url video_url audio_url input_audio file_url')
const ADDRESS = /^\s*(?!data:)[a-z][a-z0-9+.-]*:/i

const A_LIST_OF_IDS = 16
const DATA_URL = /^data:[^,]{0,200};base64,/i

// Content parts, items, blocks and tools that the APIs define and that are told by name; some are dated.
const TYPES = words(
  `audio_url bash bash_code_execution_tool_result code_execution code_execution_tool_result code_interpreter
   code_interpreter_call compaction computer computer_call computer_call_output computer_use_preview container_upload custom
   document file file_search file_search_call function image image_generation image_generation_call image_url input_audio
   input_file input_image input_video item_reference local_shell mcp mcp_approval_request mcp_approval_response mcp_call
   mcp_list_tools mcp_tool_result mcp_tool_use mcp_toolset memory output_audio redacted_thinking retrieval shell text_editor
   text_editor_code_execution_tool_result tool_search tool_search_tool_bm25 tool_search_tool_regex tool_search_tool_result
   video_url web_fetch web_fetch_tool_result web_search web_search_call web_search_preview web_search_tool_result`,
)
const DATED = /_20\d\d[01]\d[0-3]\d$/

/** A type's name, where it is one of an API's. Any other is the caller's own text: names of parts are told and recorded. */
export function plainName(type: string | undefined): string {
  return type !== undefined && TYPES.has(type.replace(DATED, '')) ? type : 'unknown type'
}

/** The words of a list that is written as one. */
export function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/).filter((word) => word !== ''))
}
