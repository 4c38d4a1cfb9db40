// A channel: one run of text in a request or reply that a reader sees as continuous.

/**
 * Names a channel within one exchange, such as `0/content` or `1/tool_calls/0/arguments` (choice, field, tool index).
 * `text` channels hold prose; `json` channels hold JSON text (tool arguments), whose strings are seen unescaped.
 */
export interface Channel {
  readonly key: string
  readonly kind: 'text' | 'json'
}
