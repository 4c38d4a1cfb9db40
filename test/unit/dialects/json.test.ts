import assert from 'node:assert/strict'
import t from 'tap'
import fc from 'fast-check'
import {
  integerOf,
  JsonError,
  member,
  readJson,
  splice,
  stringOf,
  without,
  type JsonNode,
} from '../../../src/dialects/json.ts'

/** What JSON.parse would give, rebuilt from the nodes. */
function valueOf(node: JsonNode, text: string): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(({ key, value }) => [key.value, valueOf(value, text)]))
    case 'array':
      return node.items.map((item) => valueOf(item, text))
    case 'string':
    case 'literal':
      return node.value
    case 'number':
      return Number(text.slice(node.start, node.end))
  }
}

t.test('reads what JSON.parse reads', (t) => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(0, 2), (json, indent) => {
      const text = JSON.stringify(JSON.parse(json), null, indent)
      assert.deepEqual(valueOf(readJson(text), text), JSON.parse(text))
    }),
    { seed: 7, numRuns: 300 },
  )
  t.pass('on 300 generated documents')
  t.end()
})

t.test('refuses what JSON.parse refuses, and repeated keys and deep nesting besides', (t) => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), fc.nat(), fc.string({ maxLength: 2 }), (json, at, noise) => {
      const text = json.slice(0, at % (json.length + 1)) + noise + json.slice(at % (json.length + 1))
      let good = true
      try {
        JSON.parse(text)
      } catch {
        good = false
      }
      if (!good) assert.throws(() => readJson(text), JsonError)
    }),
    { seed: 7, numRuns: 500 },
  )
  t.throws(() => readJson('{"a":1,"a":2}'), /repeated at offset/)
  t.throws(() => readJson('{"a":1,"\\u0061":2}'), /repeated/, 'however it is spelled')
  t.throws(() => readJson('['.repeat(500) + ']'.repeat(500)), /too deep/)
  t.throws(() => readJson('"abc'), /ends within a string/)
  t.end()
})

t.test('a splice keeps every other byte: number lexemes, spacing, key order', (t) => {
  const text = '{ "n": 9007199254740993, "x":1.0e+2,\t"s" : "old\\u0041", "z":[1.50] }'
  const value = member(readJson(text), 's') as { start: number; end: number }
  t.equal(splice(text, [{ ...value, text: '"new"' }]), text.replace('"old\\u0041"', '"new"'))
  t.equal(stringOf(member(readJson(text), 's')), 'oldA')
  t.equal(
    integerOf(member(readJson(text), 'n'), text),
    undefined,
    'an integer that a double would change is not guessed',
  )
  t.end()
})

t.test('a member is taken out with its comma, and the rest keeps its bytes', (t) => {
  const rows = [
    ['{"x": [1, {}] , "a":1}', '{"a":1}'],
    ['{ "a" : 1 , "x":"," }', '{ "a" : 1 }'],
    ['{"a":1,"x":{"x":2},"b":3}', '{"a":1,"b":3}'],
    ['{ "x":1 }', '{  }'],
    ['{"a":{"x":1}}', '{"a":{"x":1}}'],
    ['["x"]', '["x"]'],
  ] as const
  for (const [text, left] of rows) t.equal(splice(text, without(readJson(text), 'x')), left)
  t.end()
})
