// The keys that OpenAI's Responses API defines, and where their strings belong.
// https://platform.openai.com/docs/api-reference/responses
import { COMMON_CARRIERS, words } from '../carriers.ts'
import type { Place, PlaceOf } from '../collect.ts'
import type { JsonNode } from '../json.ts'
import { SCHEMA_KEYS, SCHEMA_STRUCTURE } from '../json-schema.ts'
import { refuseLookalikes } from '../lookalikes.ts'

const REQUEST_KEYS = words(
  `model input instructions role content type text status id call_id name arguments output summary refusal annotations
   encrypted_content tools description parameters strict format schema tool_choice parallel_tool_calls max_tool_calls
   stream stream_options include_obfuscation store background conversation previous_response_id prompt variables version
   include metadata user safety_identifier prompt_cache_key prompt_cache_retention reasoning effort generate_summary
   verbosity truncation temperature top_p top_logprobs max_output_tokens service_tier context_management image_url file_url
   file_id file_data filename detail input_audio server_url server_label authorization headers mode action command env
   working_directory timeout_ms operation diff path definition syntax grammar`,
)

const REPLY_KEYS = words(
  `object created_at completed_at error incomplete_details reason code message param usage input_tokens output_tokens
   total_tokens input_tokens_details output_tokens_details cached_tokens reasoning_tokens sequence_number response item
   item_id output_index content_index summary_index annotation annotation_index part delta logprobs obfuscation phase
   output_text`,
)

const KNOWN = new Set([...REQUEST_KEYS, ...REPLY_KEYS, ...SCHEMA_KEYS])
const GUARDED = new Set([...REQUEST_KEYS, ...COMMON_CARRIERS])

/** Below these, keys are names that the caller chose: of schemas, labels, environment and template variables. */
export const FREE = words('parameters schema metadata properties $defs definitions variables env')

export function isKnownKey(key: string): boolean {
  return KNOWN.has(key)
}

/** Refuses a key that only looks like one that the model server reads. */
export function refuseAlmostKnown(root: JsonNode): void {
  refuseLookalikes(root, GUARDED, FREE)
}

const ITEM =
  '(?:type|role|status|id|call_id|name|phase|content/\\d+/type|summary/\\d+/type|output/\\d+/type|action/type)'
const SETTINGS =
  'model|service_tier|truncation|prompt_cache_retention|include/\\d+|tool_choice(?:/.*)?|reasoning/\\w+|text/verbosity' +
  `|text/format/(?:type|name|schema/${SCHEMA_STRUCTURE})` +
  `|tools/\\d+/(?:type|name|parameters/${SCHEMA_STRUCTURE}|format/(?:type|syntax))`
const REQUEST_STRUCTURE = new RegExp(`^(?:${SETTINGS}|input/\\d+/${ITEM})$`)
const REPLY_STRUCTURE = new RegExp(
  `^(?:response/)?(?:${SETTINGS}|id|object|status|previous_response_id|incomplete_details/reason|output/\\d+/${ITEM}|instructions/\\d+/${ITEM})$` +
    `|^(?:type|item_id|part/type|item/${ITEM})$`,
)
const PART = /^(.*\b(?:content|summary|output))\/\d+\/(?:text|refusal)$/
const ARGUMENTS = /(?:^|\/)arguments$|^arguments\//

// Numbers that the server reads as numbers; any other number could carry a value.
const REQUEST_NUMBER =
  /^(?:max_output_tokens|max_tool_calls|temperature|top_p|top_logprobs|context_management\/.*|input\/\d+\/action\/timeout_ms)$/
const REPLY_NUMBER =
  /^(?:response\/)?(?:created_at|completed_at|temperature|top_p|top_logprobs|max_output_tokens|max_tool_calls|frequency_penalty|presence_penalty|usage\/.*)$|^(?:sequence_number|output_index|content_index|summary_index|annotation_index)$/

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
  return { key: parts ?? path, kind: ARGUMENTS.test(path) ? 'json' : 'text' }
}
