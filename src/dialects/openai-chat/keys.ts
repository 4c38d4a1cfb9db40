// The keys that OpenAI chat completions and their common extensions define, and where their strings belong.
// https://platform.openai.com/docs/api-reference/chat/create and vLLM's extra parameters.
import type { JsonNode } from '../json.ts'
import { refuseLookalikes } from '../lookalikes.ts'
import type { Place } from '../collect.ts'
import { CARRIERS, COUNTS, KEEPS_OR_CALLS, SWITCHES } from './opaque.ts'

const REQUEST_KEYS = `model messages stream stream_options include_usage temperature top_p n stop max_tokens
 max_completion_tokens presence_penalty frequency_penalty logit_bias logprobs top_logprobs user seed tools tool_choice
 parallel_tool_calls response_format json_schema schema strict type function name description parameters arguments
 role content refusal reasoning reasoning_content reasoning_effort tool_calls tool_call_id id index text image_url url
 detail input_audio audio file metadata store service_tier modalities prediction verbosity web_search_options
 safety_identifier prompt_cache_key properties required additionalProperties items enum anyOf oneOf allOf $ref $defs
 default minimum maximum format pattern title top_k min_p repetition_penalty chat_template chat_template_kwargs
 documents add_generation_prompt skip_special_tokens guided_json guided_regex guided_choice structured_outputs
 bad_words stop_token_ids min_tokens prompt_logprobs return_token_ids return_tokens_as_token_ids echo`
  .split(/\s+/)
  .filter((key) => key !== '')

const REPLY_KEYS = `choices delta message finish_reason stop_reason created object system_fingerprint usage
 prompt_tokens completion_tokens total_tokens prompt_tokens_details completion_tokens_details cached_tokens
 reasoning_tokens audio_tokens accepted_prediction_tokens rejected_prediction_tokens timings annotations
 function_call token_ids prompt_token_ids matched_stop`
  .split(/\s+/)
  .filter((key) => key !== '')

const KNOWN = new Set([...REQUEST_KEYS, ...REPLY_KEYS])
const GUARDED = new Set([...REQUEST_KEYS, ...CARRIERS, ...SWITCHES, ...COUNTS, ...KEEPS_OR_CALLS])

export function isKnownKey(key: string): boolean {
  return KNOWN.has(key)
}

// Below these, keys are names that the caller chose: of schemas, labels, arguments, template variables.
const FREE = new Set(
  `parameters schema metadata arguments properties patternProperties $defs definitions guided_json
 structured_outputs logit_bias chat_template_kwargs documents`.split(/\s+/),
)

/** Refuses a key that only looks like one that the model server reads (`Messages`, `meſſages`): some accept those. */
export function refuseAlmostKnown(root: JsonNode): void {
  refuseLookalikes(root, GUARDED, FREE)
}

const REQUEST_STRUCTURE =
  /^(?:model|service_tier|reasoning_effort|verbosity|tool_choice(?:\/.*)?|modalities\/\d+|response_format\/type|response_format\/json_schema\/name|messages\/\d+\/(?:role|tool_call_id|content\/\d+\/type|tool_calls\/\d+\/(?:id|type|function\/name))|tools\/\d+\/(?:type|function\/name|function\/parameters\/(?:.*\/)?(?:type|required\/\d+|\$ref)))$/
const REPLY_STRUCTURE =
  /^(?:id|object|model|system_fingerprint|service_tier|choices\/\d+\/(?:finish_reason|stop_reason|(?:message|delta)\/(?:role|content\/\d+\/type|tool_calls\/\d+\/(?:id|type|function\/name))))$/
const PART = /^(.*\/content)\/\d+\/(?:text|refusal)$/
const ARGUMENTS = /\/(?:tool_calls\/\d+\/function|function_call)\/arguments$/

// Numbers that the server reads as numbers; any other number could carry a value.
const PARAMETER =
  /^(?:created|n|max_\w+|min_\w+|top_\w+|temperature|\w+_penalty|(?:usage|timings|logit_bias)\/.*|choices\/\d+\/(?:index|(?:delta|message)\/tool_calls\/\d+\/index))$/

/** Where a string of a request belongs; a number that is no parameter is structure: it can't be rewritten. */
export function requestPlace(path: string, isNumber: boolean): Place {
  if (isNumber) return path === 'seed' ? 'none' : numberPlace(path)
  return REQUEST_STRUCTURE.test(path) ? 'structure' : textPlace(path)
}

/** The same of a reply, whole or in an event. */
export function replyPlace(path: string, isNumber: boolean): Place {
  if (isNumber) return numberPlace(path)
  return REPLY_STRUCTURE.test(path) ? 'structure' : textPlace(path)
}

function numberPlace(path: string): Place {
  return PARAMETER.test(path) ? 'count' : 'structure'
}

function textPlace(path: string): Place {
  const part = PART.exec(path)
  if (part) return { key: part[1] as string, kind: 'text' }
  return { key: path, kind: ARGUMENTS.test(path) ? 'json' : 'text' }
}
