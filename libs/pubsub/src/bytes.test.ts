import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { exceeds, utf8Length } from './bytes.ts'

test('the length in UTF-8 is that of the encoder, for any string', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).byteLength)
    }),
  )
  expect(utf8Length('\ud800a')).toBe(4)
  expect(utf8Length('\ud800')).toBe(3)
})

test('a message exceeds a limit exactly when its bytes do', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 8 }), fc.nat(24), (text, limit) => {
      const bytes = new TextEncoder().encode(text)
      expect(exceeds(text, limit)).toBe(bytes.byteLength > limit)
      expect(exceeds(bytes, limit)).toBe(bytes.byteLength > limit)
    }),
  )
})
