import type { Bus } from './bus.ts'
import { deferred, uuidv7 } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import { alice, pair, spec } from './testing/harness.ts'

test('nested calls get the time that is left, and are aborted with their parent call', async () => {
  const nested = deferred<unknown>()
  const outer = spec('tasks.outer')
  const inner = spec('tasks.inner')
  const deadlines: (number | undefined)[] = []
  const made: { bus?: Bus } = {}
  await using two = await pair(testRedis().url, [
    [
      outer,
      async (_input, context) => {
        deadlines.push(context.deadline)
        return made.bus?.call(
          'tasks.inner',
          {},
          {
            principal: alice,
            parentCallId: context.requestId ?? '',
            timeoutMs: 500_000,
          },
        )
      },
    ],
    [
      inner,
      (_input, { signal, deadline }) => {
        deadlines.push(deadline)
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            nested.resolve(signal.reason)
            reject(signal.reason as Error)
          })
        })
      },
    ],
  ])
  made.bus = two.provider.bus
  const controller = new AbortController()
  const { signal } = controller
  const callId = uuidv7()
  const call = two.caller.bus.call(
    'tasks.outer',
    {},
    { principal: alice, timeoutMs: 20_000, signal, callId },
  )
  await eventually(() => expect(deadlines).toHaveLength(2))
  const below = [{ operationId: 'tasks.inner', accountId: 'alice' }]
  expect(await two.caller.bus.below(callId)).toMatchObject(below)
  expect(await two.provider.bus.below(callId)).toMatchObject(below)
  const [first = 0, second = 0] = deadlines
  expect(second).toBeLessThanOrEqual(first + 5)
  controller.abort()
  await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
  expect(await nested.promise).toMatchObject({ code: 'ABORTED' })
})

test('calls nested 16 levels deep run, and deeper ones are refused', async () => {
  const deep = spec('tasks.deep')
  const made: { bus?: Bus } = {}
  let reached = 0
  await using two = await pair(testRedis().url, [
    [
      deep,
      async (level: number, context) => {
        reached = Math.max(reached, level)
        await made.bus?.call('tasks.deep', level + 1, {
          principal: alice,
          parentCallId: context.requestId ?? '',
        })
        return level
      },
    ],
  ])
  made.bus = two.provider.bus
  await expect(two.caller.bus.call('tasks.deep', 1, { principal: alice })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
    details: { maxCallDepth: 16 },
  })
  expect(reached).toBe(16)
})

test('the running calls below one are found on every level and in every process, parents before children', async () => {
  const made: { bus?: Bus } = {}
  const end = deferred<void>()
  const tree = spec('tasks.tree')
  await using two = await pair(testRedis().url, [
    [
      tree,
      async (level: number, context) => {
        const options = { principal: alice, parentCallId: context.requestId ?? '' }
        const children = level === 3 ? [] : [level + 1, level + 1]
        await Promise.all([
          end.promise,
          ...children.map((child) => made.bus?.call('tasks.tree', child, options)),
        ])
        return level
      },
    ],
  ])
  made.bus = two.provider.bus
  const callId = uuidv7()
  const call = two.caller.bus.call('tasks.tree', 1, { principal: alice, callId })
  await eventually(async () => expect(await two.caller.bus.below(callId)).toHaveLength(6))
  const found = await two.caller.bus.below(callId)
  expect(new Set(found.map((one) => one.callId)).size).toBe(6)
  expect(found.map((one) => one.callId)).not.toContain(callId)
  end.resolve()
  await call
  expect(await two.caller.bus.below(callId)).toEqual([])
})
