import { CodedError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { CallError, InfrastructureErrorCode } from './call-error.ts'
import { mapError } from './map-error.ts'

test('a call error has its code, its details and the status of its code', () => {
  const error = new CallError('CONFLICT', 'taken', { name: 'a' }, { retryAfterMs: 5 })
  expect(error).toBeInstanceOf(CodedError)
  expect([error.name, error.code, error.status, error.retryAfterMs]).toEqual([
    'CallError',
    'CONFLICT',
    409,
    5,
  ])
  expect(error.toWire()).toEqual({ code: 'CONFLICT', message: 'taken', details: { name: 'a' } })
})

test('a declared code has its declared status; the closed set keeps its own', () => {
  expect(new CallError('OUT_OF_STOCK', 'none', undefined, { httpStatus: 410 }).status).toBe(410)
  expect(new CallError('OUT_OF_STOCK', 'none').status).toBe(500)
  expect(new CallError('TIMEOUT', 'late', undefined, { httpStatus: 410 }).status).toBe(504)
})

test('the closed set of codes is that of the error table, each its own name', () => {
  expect(Object.keys(InfrastructureErrorCode)).toHaveLength(16)
  for (const [name, code] of Object.entries(InfrastructureErrorCode)) expect(code).toBe(name)
  expect(Object.isFrozen(InfrastructureErrorCode)).toBe(true)
})

test('from keeps coded errors and hides everything else', () => {
  const coded = new CodedError('CONFLICT', 'taken', { details: 1, retryAfterMs: 7 })
  const error = CallError.from(coded)
  expect(error).toBeInstanceOf(CallError)
  expect([error.code, error.details, error.retryAfterMs, error.cause]).toEqual([
    'CONFLICT',
    1,
    7,
    coded,
  ])
  expect(CallError.from(error)).toBe(error)
  const hidden = CallError.from(new Error('/root/secret'))
  expect(JSON.stringify(hidden.toWire())).not.toContain('secret')
})

const declared = [
  {
    code: 'NOT_FOUND',
    description: 'There is no such item.',
    httpStatus: 404,
    schema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  },
  { code: 'ITEM_NOT_FOUND', description: 'x', schema: {} },
]

test('an error that names a declared code gets it, first match first, never by a part of a word', () => {
  expect(mapError(new Error('NOT_FOUND'), declared).message).toBe('There is no such item.')
  const mapped = mapError(new Error('NOT_FOUND: item 7'), declared)
  expect([mapped.code, mapped.message, mapped.status]).toEqual(['NOT_FOUND', 'item 7', 404])
  expect(mapError(new Error('ITEM_NOT_FOUND: 7'), declared).code).toBe('ITEM_NOT_FOUND')
  expect(mapError(new Error('was NOT_FOUND'), declared).code).toBe('EXECUTION_ERROR')
  expect(mapError(Object.assign(new Error('gone'), { code: 'NOT_FOUND' }), declared).code).toBe(
    'NOT_FOUND',
  )
})

test('details of a declared error are sent only if they fit the declared schema', () => {
  const thrown = (details: unknown): Error => Object.assign(new Error('NOT_FOUND'), { details })
  expect(mapError(thrown({ id: '7' }), declared).details).toEqual({ id: '7' })
  expect(mapError(thrown({ id: 7 }), declared).details).toBeUndefined()
  expect(mapError(thrown(new Error('x')), declared).details).toBeUndefined()
})

test('what a handler threw stays in the process as the cause', () => {
  const thrown = new Error('duplicate key: insert into secrets')
  const error = mapError(thrown)
  expect(error.code).toBe('EXECUTION_ERROR')
  expect(error.cause).toBe(thrown)
  expect(JSON.stringify(error.toWire())).not.toContain('secrets')
  const odd = mapError('a string with a /path')
  expect([odd.code, odd.cause]).toEqual(['UNKNOWN_ERROR', 'a string with a /path'])
  expect(JSON.stringify(odd.toWire())).not.toContain('/path')
})

test('a declared code that is thrown as a coded error has details that fit its schema, or becomes a failure (L10)', () => {
  const fine = new CallError('NOT_FOUND', 'no item', { id: '7' }, { httpStatus: 404 })
  expect(mapError(fine, declared)).toBe(fine)
  expect(mapError(new CallError('NOT_FOUND', 'no item'), declared).code).toBe('NOT_FOUND')
  for (const thrown of [
    new CallError('NOT_FOUND', 'no item', { id: 7, secret: 1 }),
    new CodedError('NOT_FOUND', 'no item', { details: 'secret' }),
  ]) {
    const mapped = mapError(thrown, declared)
    expect([mapped.code, mapped.details]).toEqual(['EXECUTION_ERROR', undefined])
    expect(mapped.message).toContain('NOT_FOUND')
    expect(JSON.stringify(mapped.toWire())).not.toContain('secret')
    expect(mapped.cause).toBeDefined()
  }
})

test('a coded error has a code of the closed set or a declared one; any other is an execution error (L10)', () => {
  const closed = new CallError('CONFLICT', 'taken', { by: 'x' })
  expect(mapError(closed, declared)).toBe(closed)
  const thrown = new CallError('TEAPOT', 'short and stout', { secret: 1 })
  const mapped = mapError(thrown, declared)
  expect([mapped.code, mapped.details, mapped.cause]).toEqual([
    'EXECUTION_ERROR',
    undefined,
    thrown,
  ])
  expect(mapped.message).toBe('The operation failed with an error code that it does not declare.')
})

test('a code of the closed set that is declared too keeps its meaning; details that do not fit are left out (L10)', () => {
  const own = [{ code: 'OVERLOADED', description: 'x', schema: { type: 'object' } }]
  const mapped = mapError(new CallError('OVERLOADED', 'full', 'secret', { retryAfterMs: 5 }), own)
  expect([mapped.code, mapped.message, mapped.details, mapped.retryAfterMs]).toEqual([
    'OVERLOADED',
    'full',
    undefined,
    5,
  ])
})
