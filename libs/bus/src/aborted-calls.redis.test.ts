import { CallError } from '@alkdev/operations'
import { deferred, uuidv7 } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import { alice, pair, spec } from './testing/harness.ts'

const echo = spec('tasks.echo')

test('(row 7) a call that exceeds its time ends with TIMEOUT and aborts the handler', async () => {
  const reason = deferred<unknown>()
  await using two = await pair(testRedis().url, [
    [
      echo,
      (_input, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            reason.resolve(signal.reason)
            reject(signal.reason as Error)
          })
        }),
    ],
  ])
  const { bus, records } = two.caller
  await expect(
    bus.call('tasks.echo', {}, { principal: alice, timeoutMs: 60 }),
  ).rejects.toMatchObject({ code: 'TIMEOUT', details: { timeoutMs: 60 } })
  expect(await reason.promise).toMatchObject({ code: 'TIMEOUT' })
  await eventually(() =>
    expect(records).toMatchObject([{ status: 'aborted', code: 'TIMEOUT', receipt: 'honoured' }]),
  )
})

test('(row 17) a caller that aborts reaches the handler, and the record has the receipt', async () => {
  let started = deferred<void>()
  const honours = spec('tasks.honours')
  const ignores = spec('tasks.ignores')
  await using two = await pair(testRedis().url, [
    [
      honours,
      (_input, { signal }) => {
        started.resolve()
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error))
        })
      },
    ],
    [
      ignores,
      (_input, { signal }) => {
        started.resolve()
        return new Promise((resolve) => {
          signal?.addEventListener('abort', () => resolve('done anyway'))
        })
      },
    ],
  ])
  const { bus, records } = two.caller
  for (const operationId of ['tasks.honours', 'tasks.ignores']) {
    const controller = new AbortController()
    const call = bus.call(operationId, {}, { principal: alice, signal: controller.signal })
    await started.promise
    started = deferred<void>()
    controller.abort('the user left')
    await expect(call).rejects.toMatchObject({ code: 'ABORTED', message: 'the user left' })
  }
  await eventually(() => expect(records).toHaveLength(2))
  expect(records.map(({ header, receipt }) => [header.operationId, receipt])).toEqual([
    ['tasks.honours', 'honoured'],
    ['tasks.ignores', 'ignored'],
  ])
})

test('a call whose signal is already aborted is never sent', async () => {
  await using two = await pair(testRedis().url, [[echo, () => 1]])
  const call = two.caller.bus.call(
    'tasks.echo',
    {},
    { principal: alice, signal: AbortSignal.abort() },
  )
  await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
  expect(two.caller.records).toMatchObject([{ attempts: 0, status: 'aborted' }])
})

test('an operator aborts a call on whichever instance owns it', async () => {
  const started = deferred<void>()
  await using two = await pair(testRedis().url, [
    [
      echo,
      (_input, { signal }) => {
        started.resolve()
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error))
        })
      },
    ],
  ])
  const callId = uuidv7()
  const call = two.caller.bus.call('tasks.echo', {}, { principal: alice, callId })
  const ended = call.catch((error: unknown) => error)
  await started.promise
  const { bus } = two.provider
  expect(await bus.abort(callId, 'enough')).toEqual({ found: true, receipt: 'honoured' })
  expect(await ended).toMatchObject({ code: 'ABORTED', message: 'enough' })
  expect(await bus.abort(callId, 'enough')).toEqual({ found: false })
  expect(await two.caller.bus.abort(uuidv7(), 'enough')).toEqual({ found: false })
})

test('a call whose signal aborts after its dispatch does not claim that nothing ran', async () => {
  const started = deferred<void>()
  await using two = await pair(testRedis().url, [
    [
      echo,
      () => {
        started.resolve()
        return new Promise<never>(() => undefined)
      },
    ],
  ])
  const options = { principal: alice }
  const reason = new CallError('UNAUTHENTICATED', 'The key is no longer valid.')
  const ending = new AbortController()
  const call = two.caller.bus.call('tasks.echo', 1, { ...options, signal: ending.signal })
  await started.promise
  ending.abort(reason)
  await expect(call).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    details: { outcome: 'unknown' },
  })
  const early = two.caller.bus.call('tasks.echo', 1, { ...options, signal: ending.signal })
  await expect(early).rejects.toMatchObject({ code: 'UNAUTHENTICATED', details: undefined })
})
