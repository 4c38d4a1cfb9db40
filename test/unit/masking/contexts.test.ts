// Forms that only begin after something: it is no part of the value, and leaves at once.
import t from 'tap'
import type { Detector } from '../../../src/masking/detector.ts'
import { maskerOf } from '../../../src/masking/engine.ts'
import { unusual } from '../../support/masking-catalogue.ts'

const password = unusual[0] as Detector

t.test('the value is masked, what stands before it is not', async (t) => {
  const mask = (text: string) => maskerOf([password]).mask(text).text
  t.equal(mask('password = "hunter2hunter2"'), 'password = "[PASSWORD]"')
  t.equal(mask('password of the old account: hunter2hunter2'), 'password of the old account: [PASSWORD]')
  t.equal(mask('pass = hunter2hunter2'), 'pass = hunter2hunter2')
  t.equal(mask('password: hunterhunter'), 'password: hunterhunter')
  t.equal(mask('db://me:s3cret!!'), 'db://me:[PASSWORD]')
})

t.test('only the value is ever held', async (t) => {
  const stream = maskerOf([password]).open('text')
  t.equal(stream.write('password = ').through, 11)
  t.equal(stream.write('hunter').through, 11)
  t.equal(stream.write('2hunter2').through, 11)
  t.strictSame(stream.write(' ').edits, [{ start: 11, end: 25, text: '[PASSWORD]' }])
})

t.test('in JSON, a value is read as if its key stood before it', async (t) => {
  const mask = (text: string) => maskerOf([password]).mask(text, 'json').text
  t.equal(
    mask('{"password": "hunter2hunter2", "other": "hunter2hunter2"}'),
    '{"password": "[PASSWORD]", "other": "hunter2hunter2"}',
  )
  t.equal(
    mask('{"pass\\u0077ord":["hunter2hunter2",12345678]}'),
    '{"pass\\u0077ord":["[PASSWORD]","[PASSWORD]"]}',
  )
  t.equal(mask('{"password": {"id": "hunter2hunter2"}}'), '{"password": {"id": "hunter2hunter2"}}')
})
