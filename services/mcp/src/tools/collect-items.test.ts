import type { BusSubscription } from '@alkdev/bus'
import { CallError } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { collectItems } from './collect-items.ts'
import type { ToolCall } from './tool.ts'

/** A subscription with these items, and what is done with the call's stream and progress. */
function setUp(items: readonly unknown[], more: Partial<ToolCall> & { readonly end?: Error } = {}) {
  const log: unknown[] = []
  const { end, ...overrides } = more
  async function* produce() {
    try {
      for (const data of items) yield { envelope: { data } }
      if (end !== undefined) throw end
    } finally {
      log.push('closed')
    }
  }
  const call = {
    signal: new AbortController().signal,
    stream: () => () => log.push('left'),
    hold: () => undefined,
    progress: async (done: number, message: string) => void log.push([done, message]),
    ...overrides,
  } as unknown as ToolCall
  const result = collectItems(produce() as unknown as BusSubscription, call)
  return { result, log }
}

test('the items of a subscription are collected, each reported as progress', async () => {
  const { result, log } = setUp([{ n: 1 }, 'two'])
  expect((await result).structuredContent).toMatchObject({
    items: [{ n: 1 }, 'two'],
    truncated: false,
  })
  expect(log).toEqual([[1, '{"n":1}'], [2, '"two"'], 'closed', 'left'])
})

test('after 1,000 items the subscription is ended and the result is marked as truncated', async () => {
  const { result, log } = setUp(Array.from({ length: 1001 }, (_, n) => n))
  const { items, truncated } = (await result).structuredContent as {
    items: unknown[]
    truncated: boolean
  }
  expect({ count: items.length, truncated }).toEqual({ count: 1000, truncated: true })
  expect(log.slice(-2)).toEqual(['left', 'closed'])
})

test('items over 1 MiB in total are not collected', async () => {
  const half = 'x'.repeat(600 * 1024)
  const { structuredContent } = await setUp([half, half]).result
  expect(structuredContent).toMatchObject({ items: [half], truncated: true })
})

test('an error after items keeps them in a failed result', async () => {
  const { result } = setUp([1], { end: new CallError('EXECUTION_ERROR', 'broken') })
  expect(await result).toMatchObject({ isError: true, structuredContent: { items: [1] } })
})

test('a cancelled request rejects instead of returning the items', async () => {
  const end = new CallError('ABORTED', 'cancelled')
  await expect(setUp([1], { end, signal: AbortSignal.abort() }).result).rejects.toBe(end)
})

test('nothing is read when the key has too many streams', async () => {
  const refused = new CallError('RATE_LIMITED', 'too many')
  const { result, log } = setUp([1], {
    stream: () => {
      throw refused
    },
  })
  await expect(result).rejects.toBe(refused)
  expect(log).toEqual([])
})

test('an item is withheld when its key is found to be invalid', async () => {
  const invalid = new CallError('UNAUTHENTICATED', 'revoked')
  const { result, log } = setUp(['secret'], { hold: () => Promise.reject(invalid) })
  await expect(result).rejects.toBe(invalid)
  expect(JSON.stringify(log)).not.toContain('secret')
})
