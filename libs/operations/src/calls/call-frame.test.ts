import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { CallEventMap } from './call-events.ts'
import { checkCallFrame } from './call-frame.ts'
import { localEnvelope } from './response-envelope.ts'
import { compileSchema } from '../schema/validator.ts'

const frame = (type: string, payload: object, id = 'r'): unknown => ({
  type,
  id,
  payload: { requestId: 'r', ...payload },
})

const good: [string, object][] = [
  ['call.requested', { operationId: 'a.b', input: { x: 1 } }],
  [
    'call.requested',
    {
      operationId: 'a.b',
      parentRequestId: 'p',
      timeoutMs: 5,
      deadline: 1,
      idleTimeout: 0,
      idempotencyKey: 'k',
      identity: { id: 'a', scopes: ['x:y'], resources: { 'p:1': ['read'] } },
      metadata: { trace: 1 },
      timestamp: 3,
      unknown: true,
    },
  ],
  ['call.responded', { output: localEnvelope(1, 'a.b') }],
  ['call.responded', { output: localEnvelope(1, 'a.b'), seq: 1, timestamp: 1 }],
  ['call.completed', {}],
  ['call.completed', { count: 0 }],
  ['call.aborted', { reason: 'enough' }],
  ['call.error', { code: 'X', message: '', details: [1], callId: 'c' }],
  ['call.credit', { credits: 1 }],
]

const bad: [string, object, string][] = [
  ['call.requested', { requestId: 1, operationId: 'a.b' }, '/payload/requestId'],
  ['call.requested', { requestId: '', operationId: 'a.b' }, '/payload/requestId'],
  ['call.requested', {}, '/payload/operationId'],
  ['call.requested', { operationId: 'a.b', parentRequestId: 1 }, '/payload/parentRequestId'],
  ['call.requested', { operationId: 'a.b', timeoutMs: -1 }, '/payload/timeoutMs'],
  ['call.requested', { operationId: 'a.b', timeoutMs: '5' }, '/payload/timeoutMs'],
  ['call.requested', { operationId: 'a.b', deadline: '5' }, '/payload/deadline'],
  ['call.requested', { operationId: 'a.b', idempotencyKey: '' }, '/payload/idempotencyKey'],
  ['call.requested', { operationId: 'a.b', identity: { scopes: [] } }, '/payload/identity'],
  [
    'call.requested',
    { operationId: 'a.b', identity: { id: 'a', scopes: [1] } },
    '/payload/identity/scopes',
  ],
  [
    'call.requested',
    { operationId: 'a.b', identity: { id: 'a', scopes: [], resources: { x: 'read' } } },
    '/payload/identity/resources',
  ],
  ['call.requested', { operationId: 'a.b', metadata: [] }, '/payload/metadata'],
  ['call.responded', { output: { data: 1 } }, '/payload/output/meta'],
  ['call.responded', { output: localEnvelope(1, 'a.b'), seq: 0 }, '/payload/seq'],
  ['call.responded', { output: localEnvelope(1, 'a.b'), seq: 1.5 }, '/payload/seq'],
  ['call.completed', { count: -1 }, '/payload/count'],
  ['call.aborted', { reason: 1 }, '/payload/reason'],
  ['call.error', { message: 'x' }, '/payload/code'],
  ['call.error', { code: 'X' }, '/payload/message'],
  ['call.credit', {}, '/payload/credits'],
  ['call.credit', { credits: 0 }, '/payload/credits'],
  ['call.credit', { credits: 1e7 }, '/payload/credits'],
]

test('frames of the contract pass unchanged, with unknown members', () => {
  for (const [type, payload] of good) {
    const message = frame(type, payload)
    expect(checkCallFrame(message)).toStrictEqual({ kind: 'frame', frame: message })
  }
})

test('an invalid frame is a fault with its place and, if it can be read, the request', () => {
  for (const [type, payload, path] of bad) {
    const expected = path === '/payload/requestId' ? {} : { requestId: 'r' }
    expect(checkCallFrame(frame(type, payload))).toMatchObject({
      kind: 'fault',
      fault: { path, ...expected },
    })
  }
  expect(checkCallFrame('x')).toMatchObject({ kind: 'fault', fault: { path: '' } })
  expect(checkCallFrame({ type: 1 })).toMatchObject({ kind: 'fault', fault: { path: '/type' } })
  expect(checkCallFrame({ type: 'call.aborted' })).toMatchObject({ fault: { path: '/id' } })
  expect(checkCallFrame({ type: 'call.aborted', id: '' })).toMatchObject({
    fault: { path: '/payload' },
  })
})

test('types that are not of the protocol are not handled', () => {
  expect(checkCallFrame({ type: 'hub.alive', id: '', payload: {} })).toEqual({
    kind: 'other',
    type: 'hub.alive',
  })
})

test('the address of an answer must be its request', () => {
  const [type, payload] = good[4] ?? ['', {}]
  expect(checkCallFrame(frame(type, payload, 'other'))).toMatchObject({ fault: { path: '/id' } })
  expect(checkCallFrame(frame(type, payload, '')).kind).toBe('frame')
  expect(checkCallFrame(frame('call.requested', { operationId: 'a.b' }, 'address')).kind).toBe(
    'frame',
  )
})

test('the check by hand and the published schemas agree on every frame', () => {
  const types = Object.keys(CallEventMap) as (keyof typeof CallEventMap)[]
  const value = fc.oneof(
    fc.jsonValue(),
    fc.integer(),
    fc.string(),
    fc.constant(localEnvelope(1, 'a.b')),
  )
  const names = [
    'operationId',
    'output',
    'seq',
    'count',
    'credits',
    'reason',
    'code',
    'message',
    'timestamp',
    'timeoutMs',
    'deadline',
    'idleTimeout',
    'idempotencyKey',
    'traceparent',
    'parentRequestId',
    'metadata',
    'callId',
  ]
  const payload = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6 })
  const start = fc.constantFrom(...good)
  let passed = 0
  fc.assert(
    fc.property(start, payload, fc.boolean(), ([type, base], changes, keep) => {
      const whole = { requestId: 'r', ...(keep ? base : {}), ...changes }
      const checked = checkCallFrame({ type, id: 'r', payload: whole })
      const schema = compileSchema(CallEventMap[type as (typeof types)[number]])
      if (checked.kind === 'frame') passed += 1
      expect([whole, checked.kind === 'frame']).toEqual([whole, schema.check(whole)])
    }),
    { numRuns: 2000 },
  )
  expect(passed).toBeGreaterThan(100)
})
