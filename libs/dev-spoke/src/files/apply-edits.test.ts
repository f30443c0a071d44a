import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { applyEdits, areApplied } from './apply-edits.ts'

const MAX = 1000

test('edits are applied one after the other, and replacement patterns are literal', () => {
  const edits = [
    { oldText: 'one', newText: '$& $1' },
    { oldText: '$& $1 two', newText: 'x' },
  ]
  expect(applyEdits('one two three', edits, MAX)).toBe('x three')
  expect(applyEdits('a-a-a', [{ oldText: 'a', newText: 'aa', all: true }], MAX)).toBe('aa-aa-aa')
})

test('an old text that is missing or ambiguous is a conflict that names the edit and the lines', () => {
  expect(() => applyEdits('a\nb\nb', [{ oldText: 'c', newText: '' }], MAX)).toThrow(
    expect.objectContaining({ code: 'CONFLICT', details: { reason: 'not-found', edit: 0 } }),
  )
  expect(() => applyEdits('a\nb\nb', [{ oldText: 'b', newText: '' }], MAX)).toThrow(
    expect.objectContaining({
      code: 'CONFLICT',
      details: { reason: 'ambiguous', edit: 0, lines: [2, 3] },
    }),
  )
})

test('overlapping occurrences are ambiguous', () => {
  expect(() => applyEdits('aaa', [{ oldText: 'aa', newText: 'b' }], MAX)).toThrow('more than once')
})

test('a result beyond the limit is refused before it is made', () => {
  const edits = [{ oldText: 'a', newText: 'b'.repeat(500), all: true }]
  expect(() => applyEdits('aaa', edits, MAX)).toThrow(
    expect.objectContaining({ code: 'VALIDATION_ERROR' }),
  )
})

test('a text around the old text stays, and the result is recognised as applied', () => {
  assert(
    property(string(), string(), (before, after) => {
      const edits = [{ oldText: '<old>', newText: '<new>' }]
      const text = applyEdits(`${before}<old>${after}`, edits, MAX)
      expect(text).toBe(`${before}<new>${after}`)
      expect(areApplied(text, edits, MAX)).toBe(true)
      expect(areApplied(`${before}<old>${after}`, edits, MAX)).toBe(false)
    }),
  )
})
