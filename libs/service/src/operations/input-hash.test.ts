import { createKeyedHash, generateKey, sha256Hex } from '@alkdev/crypto'
import { canonicalJson } from '@alkdev/std'
import { expect, test } from 'vitest'
import { inputHashOf, isInputHash } from './input-hash.ts'

const busKey = generateKey()
const hash = createKeyedHash([busKey], 'idempotency-input')
const call = { accountId: 'a', operationName: 'vault.open', key: 'k', input: { pin: '1234', n: 1 } }

test('an input is recognised in any order of its members, and another input is not', () => {
  const stored = inputHashOf(hash, call)
  expect(isInputHash(hash, { ...call, input: { n: 1, pin: '1234' } }, stored)).toBe(true)
  for (const input of [{ pin: '1235', n: 1 }, {}, undefined, null, [], [call.input]])
    expect(isInputHash(hash, { ...call, input }, stored)).toBe(false)
})

test('a stored hash cannot be computed from the input alone, and differs for each key, account and operation', () => {
  const stored = [
    call,
    { ...call, key: 'k2' },
    { ...call, accountId: 'b' },
    { ...call, operationName: 'vault.shut' },
  ].map((one) => inputHashOf(hash, one))
  expect(new Set(stored).size).toBe(4)
  const guesses = [call.input, '1234', call].map((guess) => sha256Hex(canonicalJson(guess)))
  for (const guess of guesses) expect(stored.join()).not.toContain(guess)
})

test('an input of undefined, an empty list and null are three inputs', () => {
  const hashes = [undefined, [], null].map((input) => inputHashOf(hash, { ...call, input }))
  expect(new Set(hashes).size).toBe(3)
})

test('a hash that an older version stored is still recognised', () => {
  const stored = sha256Hex(canonicalJson(call.input))
  expect(isInputHash(hash, call, stored)).toBe(true)
  expect(isInputHash(hash, { ...call, input: {} }, stored)).toBe(false)
})

test('a row that was written before the bus key was replaced is recognised as long as the previous key is configured', () => {
  const stored = inputHashOf(hash, call)
  const next = generateKey()
  expect(isInputHash(createKeyedHash([next, busKey], 'idempotency-input'), call, stored)).toBe(true)
  expect(isInputHash(createKeyedHash([next], 'idempotency-input'), call, stored)).toBe(false)
})
