// docs/entry.schema.json: the JSON Schema of the ledger's entries, from their types (src/terms). --check: fail on a diff.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const fileOf = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
/** Interfaces and type aliases by name. */
const declared = new Map()
for (const path of ['src/terms/finding.ts', 'src/terms/entry.ts']) {
  const source = ts.createSourceFile(path, readFileSync(fileOf(path), 'utf8'), ts.ScriptTarget.Latest, true)
  source.forEachChild((node) => {
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) declared.set(node.name.text, node)
  })
}
/** Schemas of the named types that are used, by name. */
const $defs = {}

const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:sluice:entry:1',
  title: 'An entry of the ledger, version 1',
  description:
    'Canonical JSON (RFC 8785) of at most 2,048 bytes. It holds what this version of sluice writes: a later one may add kinds and fields under the same "v".',
  ...shapeOf(declared.get('Entry').type),
  $defs,
}
const path = fileOf('docs/entry.schema.json')
const text = `${JSON.stringify(schema, null, 2)}\n`
if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') === text) process.exit(0)
  process.stderr.write('docs/entry.schema.json is out of date. Run: node scripts/entry-schema.js\n')
  process.exit(1)
}
writeFileSync(path, text)

/** The schema of a type as it is written. */
function shapeOf(node) {
  if (ts.isTypeOperatorNode(node)) return shapeOf(node.type)
  if (ts.isArrayTypeNode(node)) return { type: 'array', items: shapeOf(node.elementType) }
  if (ts.isTypeLiteralNode(node)) return objectOf(node.members)
  if (ts.isLiteralTypeNode(node)) return { const: valueOf(node) }
  if (ts.isUnionTypeNode(node)) {
    if (node.types.every(ts.isLiteralTypeNode)) return { enum: node.types.map(valueOf) }
    return { oneOf: node.types.map(shapeOf) }
  }
  if (ts.isTypeReferenceNode(node)) return reference(node.typeName.text)
  if (node.kind === ts.SyntaxKind.StringKeyword) return { type: 'string' }
  if (node.kind === ts.SyntaxKind.NumberKeyword) return { type: 'integer', minimum: 0 }
  if (node.kind === ts.SyntaxKind.BooleanKeyword) return { type: 'boolean' }
  throw new TypeError(`${node.getText()} has no schema`)
}

function reference(name) {
  if (!(name in $defs)) {
    const node = declared.get(name)
    $defs[name] = {}
    Object.assign(
      $defs[name],
      told(node),
      ts.isInterfaceDeclaration(node) ? objectOf(membersOf(node)) : shapeOf(node.type),
    )
    Object.assign($defs[name], bounds(node))
  }
  return { $ref: `#/$defs/${name}` }
}

/** An interface's members, with those of what it extends. */
function membersOf(node) {
  const bases = (node.heritageClauses ?? []).flatMap(({ types }) =>
    types.map(({ expression }) => expression.text),
  )
  return [...node.members, ...bases.flatMap((name) => membersOf(declared.get(name)))]
}

function objectOf(members) {
  const index = members.find(ts.isIndexSignatureDeclaration)
  if (index) return { type: 'object', additionalProperties: shapeOf(index.type) }
  const properties = members.map((member) => [
    member.name.text,
    { ...told(member), ...shapeOf(member.type), ...bounds(member) },
  ])
  const required = members.filter(({ questionToken }) => !questionToken).map(({ name }) => name.text)
  return { type: 'object', properties: Object.fromEntries(properties), required, additionalProperties: false }
}

/** The sentence that stands at a declaration. */
function told(node) {
  const [doc] = node.jsDoc ?? []
  const text = ts.getTextOfJSDocComment(doc?.comment)?.replace(/\s+/g, ' ')
  return text ? { description: text } : {}
}

/** What its tags say: @pattern and @maxLength. */
function bounds(node) {
  const tags = ts.getJSDocTags(node).map(({ tagName, comment }) => {
    const text = ts.getTextOfJSDocComment(comment)
    return [tagName.text, tagName.text === 'maxLength' ? Number(text) : text]
  })
  return Object.fromEntries(tags)
}

function valueOf({ literal }) {
  return ts.isNumericLiteral(literal) ? Number(literal.text) : literal.text
}
