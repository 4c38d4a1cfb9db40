// The keys that Anthropic's Messages API defines, and where their strings belong.
// https://docs.anthropic.com/en/api/messages
import { COMMON_CARRIERS, words } from '../carriers.ts'
import type { Place, PlaceOf } from '../collect.ts'
import type { JsonNode } from '../json.ts'
import { SCHEMA_KEYS, SCHEMA_STRUCTURE } from '../json-schema.ts'
import { refuseLookalikes } from '../lookalikes.ts'

const REQUEST_KEYS = words(
  `model messages role content type text system max_tokens stream stop_sequences temperature top_k top_p tools name
   description input_schema input tool_choice disable_parallel_tool_use metadata user_id thinking budget_tokens display
   signature data source media_type url file_id title context citations enabled cache_control ttl tool_use_id is_error
   id service_tier container mcp_servers context_management edits output_config output_format effort schema strict
   inference_geo speed caller eager_input_streaming`,
)

const REPLY_KEYS = words(
  `stop_reason stop_sequence stop_details usage input_tokens output_tokens cache_creation cache_creation_input_tokens
   cache_read_input_tokens ephemeral_5m_input_tokens ephemeral_1h_input_tokens server_tool_use output_tokens_details
   thinking_tokens message index delta content_block partial_json citation applied_edits`,
)

const KNOWN = new Set([...REQUEST_KEYS, ...REPLY_KEYS, ...SCHEMA_KEYS])
const GUARDED = new Set([...REQUEST_KEYS, ...COMMON_CARRIERS])

/** Below these, keys are names that the caller chose: of a tool's schema, and of its arguments. */
export const FREE = words('input_schema schema input properties $defs definitions')

export function isKnownKey(key: string): boolean {
  return KNOWN.has(key)
}

/** Refuses a key that only looks like one that the model server reads. */
export function refuseAlmostKnown(root: JsonNode): void {
  refuseLookalikes(root, GUARDED, FREE)
}

const BLOCK = '(?:type|id|name|tool_use_id|signature|media_type|caller/.*|cache_control/.*)'
const BLOCKS = `content/\\d+/(?:content/\\d+/)?(?:source/)?${BLOCK}`
const REQUEST_STRUCTURE = new RegExp(
  `^(?:model|service_tier|inference_geo|speed|messages/\\d+/(?:role|${BLOCKS})|system/\\d+/${BLOCK}|cache_control/.*` +
    `|tool_choice/.*|thinking/.*|output_config/effort|output_(?:config/)?format/(?:type|schema/${SCHEMA_STRUCTURE})|context_management/.*` +
    `|tools/\\d+/(?:type|name|cache_control/.*|input_schema/${SCHEMA_STRUCTURE}))$`,
)
const REPLY_STRUCTURE = new RegExp(
  `^(?:message/)?(?:id|type|role|model|stop_reason|stop_details/type|(?:${BLOCKS})|usage/.*|context_management/.*)$` +
    `|^content_block/${BLOCK}$|^delta/(?:type|stop_reason|signature|stop_details/type)$|^usage/.*$`,
)
/** A tool's arguments. */
export const INPUT = /\b(?:content\/\d+|content_block)\/input$/
const PART = /^(.*\bcontent|system)\/\d+\/text$/

// Numbers that the server reads as numbers; any other number could carry a value.
const REQUEST_NUMBER = /^(?:max_tokens|temperature|top_[kp]|thinking\/budget_tokens|context_management\/.*)$/
const REPLY_NUMBER = /^(?:index|input_tokens|(?:message\/)?usage\/.*|context_management\/.*)$/

export const requestPlace: PlaceOf = (path, isNumber) =>
  isNumber ? numberPlace(REQUEST_NUMBER, path) : textPlace(REQUEST_STRUCTURE, path)

/** The same of a reply, whole or in an event. */
export const replyPlace: PlaceOf = (path, isNumber) =>
  isNumber ? numberPlace(REPLY_NUMBER, path) : textPlace(REPLY_STRUCTURE, path)

function numberPlace(parameter: RegExp, path: string): Place {
  return parameter.test(path) ? 'count' : 'structure'
}

function textPlace(structure: RegExp, path: string): Place {
  if (structure.test(path)) return 'structure'
  const [, parts] = PART.exec(path) ?? []
  return { key: parts ?? path, kind: path === 'delta/partial_json' ? 'json' : 'text' }
}
