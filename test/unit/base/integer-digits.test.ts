// The digits of a JSON number before its point.
import t from 'tap'
import { integerDigits } from '../../../src/base/integer-digits.ts'

t.test('an exponent moves the point', async (t) => {
  const digits = {
    '42': '42',
    '-42.9': '42',
    '4.2e1': '42',
    '4.2E+3': '4200',
    '4200e-2': '42',
    '0.0042e4': '42',
  }
  for (const [number, expected] of Object.entries(digits)) t.equal(integerDigits(number), expected, number)
})

t.test('what has no such digits, or more than anyone looks for, has none', async (t) => {
  for (const number of ['0', '0.5', '42e-2', '1e999999999', '1e-999999999', '9'.repeat(65), 'NaN', '']) {
    t.equal(integerDigits(number), '', number)
  }
})
