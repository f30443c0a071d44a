import { CodedError, isLogged } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { logFailures } from './service-registry.ts'

async function outcome(thrown: unknown) {
  const lines: unknown[][] = []
  const definition = {
    namespace: 'work',
    name: 'run',
    type: 'query',
    handler: () => Promise.reject(thrown),
  } as unknown as IOperationDefinition
  const wrapped = logFailures(definition, { error: (...line: unknown[]) => void lines.push(line) })
  const handler = wrapped.handler as (input: unknown, context: object) => Promise<unknown>
  await expect(handler({}, { requestId: 'call-1' })).rejects.toBe(thrown)
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

test('an answer with a code of its own is not logged', async () => {
  expect(await outcome(new CallError('CONFLICT', 'taken'))).toEqual([])
})
