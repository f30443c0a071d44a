import { expect, test } from 'vitest'
import { CallError } from '../../../calls/call-error.ts'
import { errorResult, itemsResult, jsonResult } from './result.ts'

test.each([
  [{ a: 1 }, '{"a":1}', { a: 1 }],
  ['text', '"text"', { data: 'text' }],
  [[1], '[1]', { data: [1] }],
  [undefined, 'null', { data: null }],
])('the value %j is a result of JSON text and of structured content', (value, text, structured) => {
  expect(jsonResult(value)).toEqual({
    content: [{ type: 'text', text }],
    structuredContent: structured,
  })
})

test('the failure of a repeated call names the first call', () => {
  const error = new CallError('CONFLICT', 'Taken.', { name: 'a' }, { callId: 'first' })
  expect(errorResult(error)).toMatchObject({
    isError: true,
    structuredContent: { code: 'CONFLICT', details: { name: 'a' }, callId: 'first' },
  })
  expect(errorResult(new CallError('CONFLICT', 'Taken.')).structuredContent).not.toHaveProperty(
    'callId',
  )
})

test('a failure keeps the code that its operation declares', () => {
  const error = new CallError('ACCOUNT_NOT_FOUND', 'There is no account x.', { accountId: 'x' })
  expect(errorResult(error).structuredContent).toEqual({
    code: 'ACCOUNT_NOT_FOUND',
    message: 'There is no account x.',
    details: { accountId: 'x' },
  })
})

test('the message of an error without a code is not shown', () => {
  expect(errorResult(new Error('password=hush')).structuredContent).toEqual({
    code: 'EXECUTION_ERROR',
    message: 'The operation failed.',
  })
})

test('details without a JSON text are left out of a failure', () => {
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  const { structuredContent } = errorResult(new CallError('CONFLICT', 'Taken.', circular))
  expect(structuredContent).toEqual({ code: 'CONFLICT', message: 'Taken.' })
})

test('a deadline gives the items that came before it, and an error keeps them (F6)', () => {
  const timeout = new CallError('TIMEOUT', 'too long')
  expect(itemsResult([1], { truncated: false, error: timeout })).toMatchObject({
    structuredContent: { items: [1], truncated: true, ended: { code: 'TIMEOUT' } },
  })
  const failed = new CallError('CONFLICT', 'no')
  expect(itemsResult([1], { truncated: false, error: failed })).toMatchObject({
    isError: true,
    structuredContent: { code: 'CONFLICT', message: 'no', items: [1], truncated: true },
  })
  expect(itemsResult([], { truncated: false, error: failed })).toEqual(errorResult(failed))
})
