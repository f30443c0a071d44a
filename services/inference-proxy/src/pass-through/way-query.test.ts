import { expect, test } from 'vitest'
import { queryFor } from './way-query.ts'

const way = { model: 'org/voice 1', requestedModel: 'rt/org/voice 1' }

test('the provider gets its own name of the model, and all else as it came', () => {
  expect(queryFor(way, '/v1/realtime?a=%2F&model=rt%2Forg%2Fvoice+1&b=c+d')).toBe(
    '?a=%2F&model=org%2Fvoice%201&b=c+d',
  )
})

test('a query without a model, and an address without a query, stay as they are', () => {
  expect(queryFor(way, '/v1/files?limit=2&xmodel=1')).toBe('?limit=2&xmodel=1')
  expect(queryFor(way, '/v1/files')).toBe('')
  expect(queryFor({ model: undefined, requestedModel: 'f/' }, '/v1/files?model=x')).toBe('?model=x')
})
