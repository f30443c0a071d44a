import { spawnSync } from 'node:child_process'
import type { CodedError } from '@alkdev/errors'
import type { OperationContext } from '@alkdev/operations'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isolateOperations } from './isolate-operations.ts'
import type { IsolatedOperations } from './isolate-operations.ts'

let isolated: IsolatedOperations
let restarts: CodedError[]

beforeEach(async () => {
  restarts = []
  isolated = await isolateOperations({
    module: new URL('./fixtures/misbehaving.ts', import.meta.url),
    options: {},
    maxBlockedMs: 1000,
    onRestart: (error) => restarts.push(error),
  })
})
afterEach(() => isolated[Symbol.asyncDispose]())

function run(name: string, input: unknown = {}, context: OperationContext = {}): unknown {
  const operation = isolated.operations.find((op) => op.name === name)
  const handler = operation?.handler as (input: unknown, context: OperationContext) => unknown
  return handler(input, context)
}
const lost = (reason: string) => ({
  code: 'EXECUTION_ERROR',
  details: { outcome: 'unknown', reason },
})

/** The state of a process as `ps` shows it; empty when it is gone. */
const stateOf = (pid: number): string =>
  spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
    .stdout.toString()
    .trim()

test('calls, items and errors pass through the thread', async () => {
  expect(await run('echo', { a: [1, '✓'] })).toEqual({ input: { a: [1, '✓'] } })
  const items = run('count') as AsyncGenerator
  expect(await items.next()).toEqual({ done: false, value: { at: 0 } })
  expect(await items.next()).toEqual({ done: false, value: { at: 1 } })
  await items.return(undefined)
  const error = await (run('fail') as Promise<unknown>).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'ACCESS_DENIED' })
  expect((error as Error).message).not.toContain('/home')
})

test.each(['block', 'backtrack'])(
  'an operation that is blocked (%s) fails with those in flight, and later calls work',
  async (name) => {
    const other = run('wait') as Promise<unknown>
    const blocked = run(name) as Promise<unknown>
    const results = await Promise.allSettled([other, blocked])
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: lost('blocked') })
    expect(restarts).toMatchObject([lost('blocked')])
    expect(await run('echo', 1)).toEqual({ input: 1 })
  },
  20_000,
)

test.each(['hoard', 'exit'])(
  'an operation that ends its thread (%s) fails, and later calls work',
  async (name) => {
    // Near the end of its memory a thread may be blocked before it fails.
    const reason = expect.stringMatching(/^(?:failed|blocked)$/) as string
    await expect(run(name) as Promise<unknown>).rejects.toMatchObject(lost(reason))
    expect(await run('echo', 2)).toEqual({ input: 2 })
    expect(restarts).toHaveLength(1)
  },
  60_000,
)

test('a stream whose thread ends between two items fails at the next one', async () => {
  const items = run('count') as AsyncGenerator
  await items.next()
  await expect(run('exit') as Promise<unknown>).rejects.toMatchObject(lost('failed'))
  await expect(items.next()).rejects.toMatchObject(lost('failed'))
})

test('an abort reaches the operation and ends the call at once', async () => {
  const controller = new AbortController()
  const waiting = run('wait', {}, { signal: controller.signal }) as Promise<unknown>
  controller.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  expect(await run('echo', 3)).toEqual({ input: 3 })
  expect(restarts).toEqual([])
})

test('the outcome of an earlier call is looked up in the thread', async () => {
  const operation = isolated.operations.find(({ name }) => name === 'lookedUp')
  expect(operation).not.toBe(undefined)
  expect(isolated.operations.filter(({ recover }) => recover)).toEqual([operation])
  const recover = operation?.recover as (input: unknown, context: object) => Promise<unknown>
  expect(await recover(1, {})).toEqual({ found: 1 })
  expect(await run('lookedUp', 1)).toEqual({ ran: 1 })
})

test('process groups end with their thread', async () => {
  const { pid } = (await run('spawn')) as { pid: number }
  expect(stateOf(pid)).toMatch(/^S/)
  await expect(run('exit') as Promise<unknown>).rejects.toMatchObject(lost('failed'))
  await vi.waitFor(() => expect(stateOf(pid)).toMatch(/^(?:Z.*)?$/), 5000)
})
