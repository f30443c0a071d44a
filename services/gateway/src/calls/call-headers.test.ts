import { expect, test } from 'vitest'
import { readCallHeaders, traceparentOf } from './call-headers.ts'

test('a request without call headers has no call options', () => {
  expect(readCallHeaders({})).toEqual({})
})

test('the deadline and the idempotency key of a call are read from its headers', () => {
  expect(readCallHeaders({ 'x-deadline-ms': '1500', 'idempotency-key': 'a b' })).toEqual({
    timeoutMs: 1500,
    idempotencyKey: 'a b',
  })
})

test('a malformed traceparent is ignored', () => {
  expect(readCallHeaders({ traceparent: 'nonsense' })).toEqual({})
})

test.each(['0', '-1', '1.5', '1e3', '', '99999999999'])('the deadline %j is refused', (value) => {
  expect(() => readCallHeaders({ 'x-deadline-ms': value })).toThrow('x-deadline-ms')
})

test('an idempotency key outside of ASCII is refused', () => {
  expect(() => readCallHeaders({ 'idempotency-key': 'ü' })).toThrow('idempotency-key')
})

test('the preference respond-async asks for an asynchronous call', () => {
  expect(readCallHeaders({ prefer: 'wait=1, Respond-Async; x=1' })).toEqual({ isAsync: true })
})

test('another preference is ignored', () => {
  expect(readCallHeaders({ prefer: 'no-respond-async' })).toEqual({})
})

const callId = '0197a5c0-1234-7abc-8def-0123456789ab'

test('a call without a trace starts one from its id', () => {
  expect(traceparentOf(callId, undefined)).toBe(
    '00-0197a5c012347abc8def0123456789ab-8def0123456789ab-01',
  )
})

test('a call continues the trace of its caller, with the call as its span', () => {
  const caller = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00'
  expect(traceparentOf(callId, caller)).toBe(
    '00-4bf92f3577b34da6a3ce929d0e0e4736-8def0123456789ab-00',
  )
})
