// JSON Schema inside requests (tools, structured outputs): the words that are the standard's own, not the caller's.
// https://json-schema.org/draft/2020-12/json-schema-core
import { words } from './carriers.ts'

export const SCHEMA_KEYS = words(
  `$schema $id $ref $defs $comment definitions type properties patternProperties additionalProperties required items
   prefixItems enum const anyOf oneOf allOf not default minimum maximum exclusiveMinimum exclusiveMaximum multipleOf
   minLength maxLength minItems maxItems uniqueItems format pattern title description examples nullable deprecated`,
)

/** The end of a path, below a schema's root, where a string is a word of the standard or names another part. */
export const SCHEMA_STRUCTURE = '(?:.*/)?(?:type|required/\\d+|\\$ref|\\$schema)'
