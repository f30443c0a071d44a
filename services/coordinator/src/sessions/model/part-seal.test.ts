import { expect, test } from 'vitest'
import { isSigned, itemOf, openSeal, sealText } from './part-seal.ts'

test('metadata come back as they were, with what a database cannot store as text', () => {
  const metadata = { anthropic: { signature: 'a\0\ud800' } }
  const text = sealText(metadata)
  expect(text).not.toContain('\0')
  expect(text?.isWellFormed()).toBe(true)
  expect(openSeal(text)).toEqual(metadata)
})

test.each([[undefined], [null], [{}], ['x']])('%j are no metadata', (value) => {
  expect(sealText(value)).toBeUndefined()
})

test.each([[undefined], [7], ['not JSON'], ['"x"'], [`${'['.repeat(99)}${']'.repeat(99)}`]])(
  '%j is no seal',
  (value) => {
    expect(openSeal(value)).toBeUndefined()
  },
)

test.each([
  [{ anthropic: { signature: 's' } }, true],
  [{ anthropic: { redactedData: 'r' } }, true],
  [{ openai: { itemId: 'i', reasoningEncryptedContent: 'e' } }, true],
  [{ anthropic: { signature: '' } }, false],
  [{ openai: { itemId: 'i', reasoningEncryptedContent: null } }, false],
  [{ alkhub: { thoughtSignature: 't' } }, false],
  [undefined, false],
])('reasoning with %j is signed: %s', (seal, expected) => {
  expect(isSigned(seal as never)).toBe(expected)
})

test('the parts of an item of reasoning are known by its id', () => {
  expect([itemOf({ openai: { itemId: 'i' } }), itemOf({ openai: {} }), itemOf(undefined)]).toEqual([
    'i',
    undefined,
    undefined,
  ])
})
