import { REPLACES_UNSTORABLE } from '@alkdev/contracts'
import { CodedError, isLogged } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { logFailures, refuseUnstorable } from './service-registry.ts'

async function outcome(thrown: unknown, more: object = {}) {
  const lines: unknown[][] = []
  const definition = {
    namespace: 'work',
    name: 'run',
    type: 'query',
    handler: () => Promise.reject(thrown),
  } as unknown as IOperationDefinition
  const wrapped = logFailures(definition, { error: (...line: unknown[]) => void lines.push(line) })
  const handler = wrapped.handler as (input: unknown, context: object) => Promise<unknown>
  await expect(handler({}, { requestId: 'call-1', ...more })).rejects.toBe(thrown)
  return lines
}

// D3
test('an unexpected failure is logged once, with its cause, the operation and the call', async () => {
  const causes = [new Error('broken'), new CodedError('UNKNOWN_ERROR', 'x', { cause: new Error() })]
  for (const thrown of causes) {
    expect(await outcome(thrown)).toEqual([
      [
        { err: thrown, operation: 'work.run', requestId: 'call-1' },
        'an operation failed unexpectedly',
      ],
    ])
    expect(isLogged(new CallError('UNKNOWN_ERROR', 'y', undefined, { cause: thrown }))).toBe(true)
  }
})

test('an unexpected failure of a subscription is logged once, and its items come before', async () => {
  const thrown = new Error('broken')
  const lines: unknown[][] = []
  const definition = {
    namespace: 'work',
    name: 'items',
    type: 'subscription',
    async *handler() {
      yield 1
      throw thrown
    },
  } as unknown as IOperationDefinition
  const wrapped = logFailures(definition, { error: (...line: unknown[]) => void lines.push(line) })
  const handler = wrapped.handler as (input: unknown, context: object) => AsyncGenerator
  const items: unknown[] = []
  const read = async () => {
    for await (const item of handler({}, { requestId: 'call-2' })) items.push(item)
  }
  await expect(read()).rejects.toBe(thrown)
  expect([items, lines]).toEqual([
    [1],
    [
      [
        { err: thrown, operation: 'work.items', requestId: 'call-2' },
        'an operation failed unexpectedly',
      ],
    ],
  ])
})

test('an abort is not a failure, and a failure of another process is not logged again', async () => {
  expect(await outcome(new CallError('UNKNOWN_ERROR', 'of another process'))).toEqual([])
  const aborted = new AbortController()
  aborted.abort()
  expect(await outcome(aborted.signal.reason, { signal: aborted.signal })).toEqual([])
})

test('an error with a declared code is not logged', async () => {
  expect(await outcome(new CallError('CONFLICT', 'taken'))).toEqual([])
})

test('texts that cannot be stored are refused, and replaced where the operation takes documents of other programs', () => {
  const serve = (more: object) => {
    const definition = { namespace: 'work', name: 'take', handler: (input: unknown) => input }
    const guarded = refuseUnstorable({ ...definition, ...more } as unknown as IOperationDefinition)
    return guarded.handler as (input: unknown) => unknown
  }
  const input = { title: 'a\0b', document: { '\ud800': ['\udc00', 1, null, 'whole'] } }
  expect(() => serve({})(input)).toThrow('must not hold NUL')
  expect(serve({ _meta: { [REPLACES_UNSTORABLE]: true } })(input)).toEqual({
    title: 'a\u{fffd}b',
    document: { '\u{fffd}': ['\u{fffd}', 1, null, 'whole'] },
  })
})
