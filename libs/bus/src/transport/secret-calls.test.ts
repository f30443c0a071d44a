import { expect, test } from 'vitest'
import type { Frame, RequestFrame } from '../wire/frames.ts'
import { SecretCalls } from './secret-calls.ts'

const request = (callId: string, operationId: string): RequestFrame => ({
  type: 'request',
  attempt: 1,
  from: 'i',
  target: { kind: 'service' },
  header: {
    callId,
    operationId,
    input: {},
    principal: { id: 'a', scopes: [] },
    actor: { kind: 'service', name: 'mcp', instanceId: 'i' },
    depth: 0,
  },
})
const complete = (callId: string): Frame => ({
  type: 'complete',
  callId,
  attempt: 1,
  from: 'i',
  count: 0,
})
const isSecret = ({ header }: RequestFrame): boolean => header.operationId === 'keys.create'

test('every frame of a call of a marked operation is sealed, and those of other calls are not', () => {
  const calls = new SecretCalls({ isSecret })
  expect(calls.covers(request('a', 'keys.create'))).toBe(true)
  expect(calls.covers(complete('a'))).toBe(true)
  expect(calls.covers(request('b', 'keys.list'))).toBe(false)
  expect(calls.covers(complete('b'))).toBe(false)
  expect(calls.covers({ type: 'change', from: 'i', change: 1 })).toBe(false)
})

test('the answers of a sealed call are sealed', () => {
  const calls = new SecretCalls({ isSecret })
  calls.remember('a')
  expect(calls.covers(complete('a'))).toBe(true)
})

test('when it cannot remember more calls everything is sealed, until the oldest have expired', () => {
  let now = 0
  const calls = new SecretCalls({ isSecret, now: () => now })
  for (let at = 0; at < 100_000; at++) calls.remember(`c${at}`)
  expect(calls.covers(complete('other'))).toBe(true)
  calls.remember('later')
  now = 15 * 60_000 + 1
  expect(calls.covers(complete('other'))).toBe(false)
  calls.remember('new')
  expect(calls.covers(complete('new'))).toBe(true)
})
