import type { Bus, DirectoryEntry } from '@alkdev/bus'
import type { Identity } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { producersFor } from './producers.ts'

const caller: Identity = { id: 'ada', scopes: [] }
const needsPath = {
  type: 'object',
  properties: { path: { type: 'string' } },
  required: ['path'],
}

/** A bus whose directory lists operations with these outputs. */
function listing(outputs: Readonly<Record<string, unknown>>): Bus {
  const items = Object.entries(outputs).map(
    ([operationId, outputSchema]) => ({ operationId, spec: { outputSchema } }) as DirectoryEntry,
  )
  return { directory: { list: () => ({ items }) } } as unknown as Bus
}

test('an operation whose output has what the input requires is a producer', () => {
  const bus = listing({ 'a.finds': needsPath, 'a.counts': { type: 'object', properties: {} } })
  const operation = { operationId: 'fs.read', inputSchema: needsPath }
  expect(producersFor(bus, caller, operation)).toEqual(['a.finds'])
})

test('an output with another type of the required member is not a producer', () => {
  const output = { ...needsPath, properties: { path: { type: 'integer' } } }
  const operation = { operationId: 'fs.read', inputSchema: needsPath }
  expect(producersFor(listing({ 'a.b': output }), caller, operation)).toEqual([])
})

test('an operation is not its own producer', () => {
  const bus = listing({ 'fs.read': needsPath })
  expect(producersFor(bus, caller, { operationId: 'fs.read', inputSchema: needsPath })).toEqual([])
})

test('an input that requires nothing has no producers', () => {
  const bus = listing({ 'a.b': needsPath })
  const inputSchema = { ...needsPath, required: [] }
  expect(producersFor(bus, caller, { operationId: 'fs.read', inputSchema })).toEqual([])
})

test('at most twenty producers are returned', () => {
  const outputs = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`a.b${n}`, needsPath]))
  const operation = { operationId: 'fs.read', inputSchema: needsPath }
  expect(producersFor(listing(outputs), caller, operation).length).toBeLessThanOrEqual(20)
})
