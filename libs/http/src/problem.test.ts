import { CodedError } from '@alkdev/errors'
import { Type } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import { testApp } from './testing/test-app.ts'

test('an error without a code becomes UNKNOWN_ERROR without its cause', async () => {
  const answer = await testApp().inject('/fails')
  expect(answer.statusCode).toBe(500)
  expect(answer.headers['content-type']).toBe('application/problem+json')
  expect(answer.json()).toEqual({
    type: 'urn:alkhub:error:UNKNOWN_ERROR',
    title: 'Unknown error',
    status: 500,
    detail: 'Something failed inside the hub.',
    code: 'UNKNOWN_ERROR',
    requestId: answer.headers['x-request-id'],
  })
})

test('a coded error keeps its code, details and waiting time', async () => {
  const app = testApp()
  app.get('/busy', () => {
    throw new CodedError('OVERLOADED', 'The queue is full.', {
      retryAfterMs: 2500,
      details: { queued: 9 },
    })
  })
  const busy = await app.inject('/busy')
  expect(busy.statusCode).toBe(503)
  expect(busy.headers['retry-after']).toBe('3')
  expect(busy.json()).toMatchObject({ code: 'OVERLOADED', details: { queued: 9 } })
})

test('a coded error of an operation keeps its HTTP status', async () => {
  const app = testApp()
  app.get('/own', () => {
    throw Object.assign(new CodedError('GONE_FISHING', 'Back soon.'), { httpStatus: 410 })
  })
  expect((await app.inject('/own')).json()).toMatchObject({ code: 'GONE_FISHING', status: 410 })
})

test('an unknown address is answered with OPERATION_NOT_FOUND', async () => {
  expect((await testApp().inject('/nowhere')).json()).toMatchObject({
    code: 'OPERATION_NOT_FOUND',
    status: 404,
  })
})

test('a malformed address is answered with VALIDATION_ERROR', async () => {
  expect((await testApp().inject('/%c0%af')).json()).toMatchObject({ code: 'VALIDATION_ERROR' })
})

test.each([
  ['text that is not JSON', 'application/json', '{"a":', 400, 'VALIDATION_ERROR'],
  ['an empty body', 'application/json', '', 400, 'VALIDATION_ERROR'],
  ['a form', 'application/x-www-form-urlencoded', 'a=1', 400, 'VALIDATION_ERROR'],
  ['a body over the limit', 'application/json', `"${'x'.repeat(2000)}"`, 413, 'PAYLOAD_TOO_LARGE'],
])('%s is refused with its code', async (_what, contentType, payload, status, code) => {
  const app = testApp({ maxBodyBytes: 1000 })
  const headers = { 'content-type': contentType }
  const answer = await app.inject({ method: 'POST', url: '/echo', headers, payload })
  expect(answer.statusCode).toBe(status)
  expect(answer.json()).toMatchObject({ code, status })
  expect(answer.body).not.toContain('node:')
})

test('an input that does not fit names every failing path', async () => {
  const app = testApp()
  const body = Type.Object({ a: Type.Integer(), b: Type.String() })
  app.post('/typed', { schema: { body } }, () => 'ok')
  const answer = await app.inject({ method: 'POST', url: '/typed', payload: { a: '1', b: 2 } })
  expect(answer.json()).toMatchObject({
    code: 'VALIDATION_ERROR',
    details: { errors: [{ path: '/a' }, { path: '/b' }] },
  })
})
