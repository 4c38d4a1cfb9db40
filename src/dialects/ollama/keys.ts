// The keys that Ollama's native API defines, and where their strings belong.
// https://github.com/ollama/ollama/blob/main/docs/api.md
import { COMMON_CARRIERS, words } from '../carriers.ts'
import type { Place, PlaceOf } from '../collect.ts'
import type { JsonNode } from '../json.ts'
import { SCHEMA_KEYS, SCHEMA_STRUCTURE } from '../json-schema.ts'
import { refuseLookalikes } from '../lookalikes.ts'

const REQUEST_KEYS = words(
  `model messages role content thinking images tool_calls function name arguments tool_name tool_call_id index id tools
   type description parameters think format options stream keep_alive prompt suffix system template raw context logprobs
   top_logprobs truncate shift num_keep seed num_predict top_k top_p min_p typical_p repeat_last_n temperature
   repeat_penalty presence_penalty frequency_penalty penalize_newline stop numa num_ctx num_batch num_gpu main_gpu
   use_mmap num_thread mirostat mirostat_eta mirostat_tau tfs_z width height steps runner`,
)

const REPLY_KEYS = words(
  `created_at message response done done_reason total_duration load_duration prompt_eval_count prompt_eval_duration
   eval_count eval_duration remote_model remote_host error completed total`,
)

export const CARRIERS = new Set([...COMMON_CARRIERS, 'context'])
/** Keys that would put views of the text into the reply. */
export const SWITCHES = words('logprobs top_logprobs _debug_render_only')

const KNOWN = new Set([...REQUEST_KEYS, ...REPLY_KEYS, ...SCHEMA_KEYS])
const GUARDED = new Set([...REQUEST_KEYS, ...CARRIERS, ...SWITCHES])

/** Below these, keys are names that the caller chose: of schemas and of arguments. */
export const FREE = words('parameters format arguments properties $defs definitions')

export function isKnownKey(key: string): boolean {
  return KNOWN.has(key)
}

/** Refuses a key that only looks like one that the server reads, which takes `PROMPT` for `prompt`. */
export function refuseAlmostKnown(root: JsonNode): void {
  refuseLookalikes(root, GUARDED, FREE)
}

const CALL = 'tool_calls/\\d+/(?:id|type|function/name)'
const REQUEST_STRUCTURE = new RegExp(
  `^(?:model|think|keep_alive|format|format/${SCHEMA_STRUCTURE}|messages/\\d+/(?:role|tool_name|tool_call_id|${CALL})` +
    `|tools/\\d+/(?:type|function/name|function/parameters/${SCHEMA_STRUCTURE}))$`,
)
const REPLY_STRUCTURE = new RegExp(
  `^(?:model|created_at|done_reason|remote_model|remote_host|(?:message/)?(?:role|tool_name|${CALL}))$`,
)
/** A tool's arguments. */
export const ARGUMENTS = /\btool_calls\/\d+\/function\/arguments$/

// Numbers that the server reads as numbers; any other number could carry a value.
const REQUEST_NUMBER =
  /^(?:options\/.*|keep_alive|(?:top_)?logprobs|think|messages\/\d+\/tool_calls\/\d+\/function\/index)$/
const REPLY_NUMBER =
  /^(?:(?:total|load|prompt_eval|eval)_duration|(?:prompt_)?eval_count|(?:message\/)?tool_calls\/\d+\/function\/index)$/

export const requestPlace: PlaceOf = (path, isNumber) =>
  isNumber ? numberPlace(REQUEST_NUMBER, path) : textPlace(REQUEST_STRUCTURE, path)

/** The same of a reply, whole or in an event. */
export const replyPlace: PlaceOf = (path, isNumber) =>
  isNumber ? numberPlace(REPLY_NUMBER, path) : textPlace(REPLY_STRUCTURE, path)

function numberPlace(parameter: RegExp, path: string): Place {
  if (path === 'options/seed') return 'none'
  return parameter.test(path) ? 'count' : 'structure'
}

function textPlace(structure: RegExp, path: string): Place {
  return structure.test(path) ? 'structure' : { key: path, kind: 'text' }
}
