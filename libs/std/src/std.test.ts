import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { backoff, canonicalJson, must, sleep, uuidv7 } from './index.ts'

test('uuidv7 ids have the RFC 9562 form, are unique and rise within a process', () => {
  const ids = Array.from({ length: 20_000 }, () => uuidv7())
  for (const id of ids.slice(0, 100))
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.toSorted()).toEqual(ids)
})

test('uuidv7 carries the millisecond it was given', () => {
  const at = Date.now() + 60_000
  expect(Number.parseInt(uuidv7(at).replaceAll('-', '').slice(0, 12), 16)).toBe(at)
})

test('sleep rejects with the reason when its signal aborts', async () => {
  const controller = new AbortController()
  const sleeping = sleep(60_000, controller.signal)
  controller.abort(new Error('enough'))
  await expect(sleeping).rejects.toThrow('enough')
  await expect(sleep(1, controller.signal)).rejects.toThrow('enough')
  await sleep(1)
  await wait(1)
})

test('backoff grows, is capped and never falls below half the base', () => {
  expect(backoff(0, { baseMs: 100, capMs: 5000, random: () => 0 })).toBe(50)
  expect(backoff(3, { baseMs: 100, capMs: 5000, random: () => 1 })).toBe(800)
  expect(backoff(99, { baseMs: 100, capMs: 5000, random: () => 1 })).toBe(5000)
})

test('canonicalJson is the same for equal objects whatever the order of their keys', () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}')
})

test('must names what is missing', () => {
  expect(() => must(undefined, 'the port')).toThrow('the port is missing')
  expect(must(0)).toBe(0)
})
