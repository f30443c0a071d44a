import { expect, test } from 'vitest'
import { generateKey } from './key-bytes.ts'
import { createMessageSealer } from './message-sealer.ts'

const [one, two] = [generateKey(), generateKey()]

test('a sealed message opens with the same key at the same place, and shows nothing', () => {
  const sealer = createMessageSealer([one])
  const sealed = sealer.seal('{"key":"alk_planted ✓"}', 'instance:a')
  expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('planted')
  expect(createMessageSealer([one]).open(sealed, 'instance:a')).toBe('{"key":"alk_planted ✓"}')
  expect(sealer.open(sealer.seal('', ''), '')).toBe('')
})

test('the same message is sealed otherwise each time', () => {
  const sealer = createMessageSealer([one])
  expect(sealer.seal('x', 'p')).not.toBe(sealer.seal('x', 'p'))
})

test('another key, another place, a changed bit and what was never sealed open nothing', () => {
  const sealer = createMessageSealer([one])
  const sealed = sealer.seal('message', 'a')
  expect(createMessageSealer([two]).open(sealed, 'a')).toBeUndefined()
  expect(sealer.open(sealed, 'b')).toBeUndefined()
  const bytes = Buffer.from(sealed, 'base64')
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(bytes.readUInt8(at) ^ 1, at)
    expect(sealer.open(changed.toString('base64'), 'a')).toBeUndefined()
  }
  for (const text of ['', 'AAAA', '💥', sealed.slice(0, 20)])
    expect(sealer.open(text, 'a')).toBeUndefined()
})

test('while a key is replaced both open, and the first one seals', () => {
  const before = createMessageSealer([one]).seal('message', 'a')
  const both = createMessageSealer([two, one])
  expect(both.open(before, 'a')).toBe('message')
  expect(createMessageSealer([two]).open(both.seal('message', 'a'), 'a')).toBe('message')
})

test('a sealer without a whole key is not made', () => {
  expect(() => createMessageSealer(['short'])).toThrow('44 characters')
  expect(() => createMessageSealer([])).toThrow('at least one key')
})
