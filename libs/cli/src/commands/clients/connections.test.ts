import type { ClientConnectionView, ClientTrial, OperationDescription } from '@alkdev/contracts'
import { expect, test } from 'vitest'
import { showOperation } from '../../hub/show-operation.ts'
import { connectionText, trialText } from './connections.ts'

const connection = (operations: number): string =>
  connectionText({ status: 'connected', operations, held: 0 } as ClientConnectionView)

test('one operation is not called operations', () => {
  expect([connection(1), connection(2)]).toEqual(['1 operation', '2 operations'])
  const trial = { ok: true, operations: [{ name: 'ask' }], usable: 1, offered: 1, refused: [] }
  expect(trialText(trial as unknown as ClientTrial)).toBe(
    '1 of the 1 that it offers becomes an operation: ask',
  )
})

test('an object whose members are not declared is not shown as nothing', () => {
  const operation = {
    operationId: 'a.b',
    type: 'query',
    inputSchema: { type: 'object', additionalProperties: false },
    outputSchema: { type: 'object' },
    errorSchemas: [],
    accessControl: { requiredScopes: [] },
  }
  const shown = showOperation(operation as unknown as OperationDescription, 0)
  expect(shown).toContain('Input\n  nothing')
  expect(shown).toContain('Output\n  an object, whose members are not declared')
})
