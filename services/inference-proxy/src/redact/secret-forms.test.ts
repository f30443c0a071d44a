import { expect, test } from 'vitest'
import { secretPieces } from './secret-forms.ts'

const SECRET = 'Zx81kDmPq02LmNaW'
const { size, pieces } = secretPieces(SECRET)
const small = SECRET.toLowerCase()

test('a piece of a long secret has 8 characters', () => {
  expect(size).toBe(8)
  expect(new Set([...pieces].map(({ length }) => length))).toEqual(new Set([8]))
})

test('every 8 characters of a secret are a piece, in small letters', () => {
  for (let from = 0; from + 8 <= small.length; from += 1)
    expect(pieces).toContain(small.slice(from, from + 8))
})

test('the pieces of a secret include its reverse', () => {
  expect(pieces).toContain(small.split('').toReversed().join('').slice(0, 8))
})

test('the pieces of a secret include its hexadecimal form', () => {
  expect(pieces).toContain(Buffer.from(SECRET).toString('hex').slice(4, 12))
})

test.each([0, 1, 2])('a secret is found in the base64 of a text at offset %i', (before) => {
  const text = Buffer.from(`${'x'.repeat(before)}${SECRET}xxxx`)
    .toString('base64')
    .toLowerCase()
  const found = Array.from({ length: text.length - 7 }, (_, from) => text.slice(from, from + 8))
  expect(found.filter((piece) => pieces.has(piece)).length).toBeGreaterThan(5)
})

test('the common prefix of the keys of a vendor is no piece', () => {
  const vendor = secretPieces(`sk-ant-api03-${SECRET}`).pieces
  expect(vendor.has('sk-ant-a')).toBe(false)
  expect(vendor).toContain(small.slice(0, 8))
})

test('a secret of 8 characters is one piece of each form, and a shorter one has none', () => {
  expect(secretPieces('abcdefgh')).toMatchObject({ size: 8 })
  expect(secretPieces('abcdefgh').pieces).toContain('abcdefgh')
  expect(secretPieces('abcdefg').pieces.size).toBe(0)
})
