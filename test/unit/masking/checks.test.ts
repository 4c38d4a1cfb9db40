// What checks take for a number in fact, where its digits and what stands between them have to be told apart.
import t from 'tap'
import { isCardNumber } from '../../../src/masking/checks/card.ts'
import {
  isCryptoAddress,
  isCryptoKey,
  lastCryptoAddress,
} from '../../../src/masking/checks/crypto-address.ts'
import { isIban } from '../../../src/masking/checks/iban.ts'
import { isUrlPassword } from '../../../src/masking/checks/password.ts'
import { isPhoneNumber } from '../../../src/masking/checks/phone.ts'
import { isSecret } from '../../../src/masking/checks/secret.ts'
import { isSsn } from '../../../src/masking/checks/ssn.ts'
import { isAba, isItin, isNpi } from '../../../src/masking/checks/us-numbers.ts'
import { isVaried, lastVaried } from '../../../src/masking/checks/variety.ts'

t.test('digits in a row are no telephone number, whatever stands between them', async (t) => {
  for (const row of ['01234567890', '2345678', '0123-456-789', '78 90', '345 6789 0'])
    t.notOk(isPhoneNumber(row), row)
  for (const number of ['78901234', '23456789012', '03456789 0', '23456780'])
    t.ok(isPhoneNumber(number), number)
})

t.test('a calling code is one in use, after a plus sign or two zeros', async (t) => {
  for (const number of [
    '+1 415 555 1234',
    '(+49) 30 123456',
    '0044 20 7946 0958',
    '+44 20 7946 0958 ext. 12',
  ])
    t.ok(isPhoneNumber(number), number)
  // 999 is none; none begins with 0; too long.
  for (const number of ['+999 20 7946 0958', '000 44 20 7946 0958', '+44 20 7946 0958 1234'])
    t.notOk(isPhoneNumber(number), number)
})

t.test('an account number has its country’s structure, in letters of one case', async (t) => {
  for (const text of ['GB29 NWBK 6016 1331 9268 19', 'gb29nwbk60161331926819', 'NO93-8601-1117-947'])
    t.ok(isIban(text), text)
  for (const text of [
    'GB29 nwbk 6016 1331 9268 19',
    'GB29 NWBK 6016 1331 9268 1',
    'GB29 NWBK 6016 1331 9268 190',
    'GB29 NWBK 6016 1331 9268 91',
    // A right checksum, with a digit where a letter belongs.
    'GB19 1WES 1234 5698 7654 32',
    'ZZ29 NWBK 6016 1331 9268 19',
  ])
    t.notOk(isIban(text), text)
})

t.test('cards have a length that their issuer gives out, and a right checksum', async (t) => {
  for (const text of ['4111 1111 1111 1111', '3782-822463-10005', '4222222222222'])
    t.ok(isCardNumber(text), text)
  for (const text of ['4111 1111 1111 1112', '411111111111116', '8999 1111 1111 1111', ''])
    t.notOk(isCardNumber(text), text)
})

t.test('numbers of the United States, grouped or not', async (t) => {
  for (const text of ['536-90-4399', '536904399', '001-01-0001']) t.ok(isSsn(text), text)
  for (const text of [
    '000-12-3456',
    '666-12-3456',
    '900-12-3456',
    '536-00-4399',
    '536-90-0000',
    '078-05-1120',
    '219099999',
  ])
    t.notOk(isSsn(text), text)
  for (const text of ['912-70-1234', '912-50-1234', '912 94 1234']) t.ok(isItin(text), text)
  for (const text of ['912-49-1234', '912-66-1234', '912-89-1234', '912-93-1234']) t.notOk(isItin(text), text)
  for (const text of ['1234567893', '1234-567-893']) t.ok(isNpi(text), text)
  // The second's checksum is right, and it is of one digit only.
  for (const text of ['1234567890', '1111111112']) t.notOk(isNpi(text), text)
  for (const text of ['121000358', '0210-0002-1']) t.ok(isAba(text), text)
  // The second's checksum is right, and its district is none.
  for (const text of ['121000359', '131000005']) t.notOk(isAba(text), text)
})

t.test('Bitcoin’s keys and addresses have a right checksum, and a key its version and length', async (t) => {
  const key = '5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ'
  t.ok(isCryptoKey(key))
  // A key whose point is compressed; one that is cut; one with a wrong letter.
  t.ok(isCryptoKey('KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn'))
  t.notOk(isCryptoKey(key.slice(0, -1)))
  t.notOk(isCryptoKey(`${key.slice(0, -1)}K`))
  const address = '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'
  t.ok(isCryptoAddress(address))
  t.notOk(isCryptoAddress(address.replace('z', 'y')))
  // Longer ones overflow what a key can be; before the end, the address is found.
  t.equal(
    lastCryptoAddress(address + 'z'.repeat(40), true, () => [30, 34, 35]),
    34,
  )
})

t.test('a secret has few words in it', async (t) => {
  for (const text of ['aB3dE5gH7jK9mN1p', 'kjf93KD02mvlqpXZ8Ns', 'xqzvbHGKTRwplmndJFKSzzq'])
    t.ok(isSecret(text), text)
  for (const text of [
    'getElementByIdentifier',
    'HTTPServerConnection_Handler',
    'summer_holiday_in_OCTOBER',
    '2024.11.23-18.04',
    '12345678901',
  ])
    t.notOk(isSecret(text), text)
})

t.test('a password has three characters, each another one, whatever planes they are of', async (t) => {
  for (const text of ['abc', 'aabbc', '😀😁😂']) t.ok(isUrlPassword(text), text)
  for (const text of ['abab', '😀😁😀', 'a']) t.notOk(isUrlPassword(text), text)
})

t.test('variety is asked of each beginning for itself', async (t) => {
  const varied = 'q7Zp2kXw9LmB4vTd'
  t.ok(isVaried(varied))
  t.notOk(isVaried(''), 'nothing is not varied')
  t.equal(
    lastVaried('', true, () => []),
    undefined,
  )
  const upTo: number[] = []
  const ends = (most: number): readonly number[] => {
    upTo.push(most)
    return [10, 16, 40].filter((end) => end <= most)
  }
  t.equal(lastVaried(varied + 'x'.repeat(60), true, ends), 16)
  t.ok((upTo[0] as number) < 40, 'no end is looked for where none can pass')
  t.equal(lastVaried('x'.repeat(2000), true, ends), undefined)
  t.equal(lastVaried(varied, true, ends), 16)
  t.equal(upTo.length, 1, 'nor where none has to')
})
