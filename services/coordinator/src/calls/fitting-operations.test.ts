import type { OperationSpec } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { fittingOperations } from './fitting-operations.ts'

const operation = (operationId: string, inputSchema: unknown, outputSchema: unknown) => ({
  operationId,
  spec: { inputSchema, outputSchema } as OperationSpec,
})
const closed = (properties: object, required: readonly string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const text = { type: 'string' }
const find = operation('files.find', closed({ query: text }), closed({ path: text }))
const read = operation('files.read', closed({ path: text }), closed({ text }))
const count = operation('words.count', closed({ text }), { type: 'integer' })
const anything = operation('misc.any', {}, {})
const optional = operation('misc.optional', closed({ path: text }, []), { type: 'null' })

test('an operation fits another when each of its outputs is a valid input there', async () => {
  const { pairs, complete } = await fittingOperations([find, read, count], 10)
  expect(pairs).toEqual([
    ['files.find', 'files.read'],
    ['files.read', 'words.count'],
  ])
  expect(complete).toBe(true)
})

test('schemas that allow anything, and inputs that need nothing, fit nothing', async () => {
  expect((await fittingOperations([anything, optional, find], 10)).pairs).toEqual([])
})

test('the number of pairs is limited, and an abort ends the comparison', async () => {
  const limited = await fittingOperations([find, read, count], 1)
  expect(limited).toEqual({ pairs: [['files.find', 'files.read']], complete: false })
  const stopped = AbortSignal.abort(new Error('no longer needed'))
  await expect(fittingOperations([find, read], 10, stopped)).rejects.toThrow('no longer needed')
})
