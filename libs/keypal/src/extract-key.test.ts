import { expect, test } from 'vitest'
import { extractKeyFromHeaders, hasApiKey, readKeyFromHeaders } from './index.ts'

test.each([
  ['a bearer token', { authorization: 'Bearer k1' }, 'k1'],
  ['any case of the scheme and the name', { AUTHORIZATION: 'bEaReR k1' }, 'k1'],
  ['blanks around it', { authorization: '  Bearer   k1  ' }, 'k1'],
  ['the other header', { 'X-Api-Key': ' k1 ' }, 'k1'],
  ['a value without a scheme', { authorization: 'k1' }, 'k1'],
  ['the same key in both', { authorization: 'Bearer k1', 'x-api-key': 'k1' }, 'k1'],
  [
    'the second header when the first is a bare scheme',
    { authorization: 'Bearer', 'x-api-key': 'k1' },
    'k1',
  ],
  ['the second header when the first is empty', { authorization: ' ', 'x-api-key': 'k1' }, 'k1'],
  ['a header given twice with one key', { 'x-api-key': ['k1', 'k1'] }, 'k1'],
])('finds %s', (_name, headers, key) => {
  expect(extractKeyFromHeaders(headers)).toBe(key)
  expect(hasApiKey(headers)).toBe(true)
})

test.each([
  ['nothing', {}, 'MISSING_KEY'],
  ['a bare scheme', { authorization: 'Bearer' }, 'MISSING_KEY'],
  ['a bare scheme with blanks', { authorization: 'Bearer   ' }, 'MISSING_KEY'],
  ['an undefined header', { authorization: undefined }, 'MISSING_KEY'],
  ['another scheme', { authorization: 'Basic dTpw' }, 'INVALID_FORMAT'],
  [
    'another scheme beside a good key',
    { authorization: 'Basic dTpw', 'x-api-key': 'k1' },
    'INVALID_FORMAT',
  ],
  ['two different keys', { authorization: 'Bearer k1', 'x-api-key': 'k2' }, 'INVALID_FORMAT'],
  ['two different keys in one header', { 'x-api-key': ['k1', 'k2'] }, 'INVALID_FORMAT'],
  [
    'two differently written headers with different keys',
    { 'x-api-key': 'k1', 'X-API-KEY': 'k2' },
    'INVALID_FORMAT',
  ],
  ['a list of keys', { authorization: 'Bearer k1, k2' }, 'INVALID_FORMAT'],
  ['a scheme twice', { authorization: 'Bearer Bearer k1' }, 'INVALID_FORMAT'],
])('refuses %s', (_name, headers, error) => {
  expect(readKeyFromHeaders(headers)).toEqual({ error })
  expect(extractKeyFromHeaders(headers)).toBeNull()
})

test('a Headers object, other names and whole values', () => {
  expect(extractKeyFromHeaders(new Headers({ Authorization: 'Bearer k1' }))).toBe('k1')
  expect(extractKeyFromHeaders({ 'x-hub': 'k1' }, { headerNames: ['X-Hub'] })).toBe('k1')
  expect(extractKeyFromHeaders({ authorization: 'Bearer k1' }, { extractBearer: false })).toBe(
    'Bearer k1',
  )
})
