// Private keys as they are written in files, in code and in quotations: none of the key's own text is left.
import t from 'tap'
import { createMasker } from '../../../src/masking/engine.ts'
import { growth, LINEAR } from '../../support/growth.ts'

const HEADER = '-----BEGIN PRIVATE KEY-----'
const FOOTER = '-----END PRIVATE KEY-----'
const FIRST = 'MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v'
const SECOND = 'VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g='
const masker = createMasker(['private-key'])

t.test('whatever stands between its lines', async (t) => {
  const spellings = {
    'line breaks': ['\n', '\n', '\n'],
    'Windows line breaks': ['\r\n', '\r\n', '\r\n'],
    'spelled line breaks': ['\\n', '\\n', '\\n'],
    'spelled Windows line breaks': ['\\r\\n', '\\r\\n', '\\r\\n'],
    'strings joined by +': ['\\n" +\n  "', '\\n" +\n  "', '\\n" +\n  "'],
    'strings joined by + on one line': ['\\n"+"', '\\n"+"', '\\n"+"'],
    'strings joined by a dot': ["' .\n  '", "' .\n  '", "' .\n  '"],
    'strings of an array': ['",\n  "', '",\n  "', '",\n  "'],
    indentation: [`\n${' '.repeat(32)}`, `\n${' '.repeat(32)}`, `\n${' '.repeat(32)}`],
    quotation: ['\n> ', '\n> ', '\n> '],
    'a comment’s stars': ['\n * ', '\n * ', '\n * '],
    'commented out': ['\n# ', '\n# ', '\n# '],
    'a short first line': ['\nMC4CAQAw\n', '\n', '\n'],
    'a comment before the key': ['\n# rotated in May: do not use\n', '\n', '\n'],
    'two comments in code': ['\\n" + // one\n // two\n"', '\\n" +\n"', '\\n" +\n"'],
    'a comment in the key': ['\n', '\n# the second half, see above.\n', '\n'],
    'line numbers and tabs': ['\n     2\t', '\n     3\t', '\n     4\t'],
    'line numbers and arrows': ['\n     2→', '\n     3→', '\n     4→'],
    'line numbers and bars': ['\n 2 | ', '\n 3 | ', '\n 4 | '],
    'line numbers and colons': ['\n12:', '\n13:', '\n14:'],
    'a header of its own': ['\nProc-Type: 4,ENCRYPTED\n\n', '\n', '\n'],
  }
  for (const [name, [one = '', two = '', three = '']] of Object.entries(spellings)) {
    const text = `see ${HEADER}${one}${FIRST}${two}${SECOND}${three}${FOOTER}`
    t.equal(masker.mask(`${text}.`).text.replace(/\.$/, ''), 'see [PRIVATE_KEY]', name)
    const stream = masker.open('text')
    const steps = [...text].map((unit) => stream.write(unit))
    t.equal([...steps, stream.end()].flatMap(({ findings }) => findings).length, 1, `${name}, unit by unit`)
  }
})

t.test('what is clearly something else stays', async (t) => {
  t.equal(masker.mask(`${HEADER} is how it begins.`).text, '[PRIVATE_KEY] is how it begins.')
  t.equal(
    masker.mask(`if (text === "${HEADER}") { return }`).text,
    'if (text === "[PRIVATE_KEY]") { return }',
  )
  t.equal(masker.mask(`${HEADER}\n${FIRST}\n${FOOTER}\nThe rest`).text, '[PRIVATE_KEY]\nThe rest')
})

t.test('hostile continuations take time in proportion to their length', async (t) => {
  for (const unit of [
    '\\n',
    '\n# a',
    '+ ',
    'abcdef \n',
    `${' '.repeat(39)}abcde`,
    `${HEADER}\n`,
    '". ',
    '\n1:',
    '1\t',
  ]) {
    const mask = (size: number) => void masker.mask(HEADER + unit.repeat(size / unit.length))
    const grown = growth(mask, 100_000, 1_600_000)
    t.ok(grown < LINEAR, `${JSON.stringify(unit)}: ${grown.toFixed(1)} × at 4 × the size`)
  }
})
