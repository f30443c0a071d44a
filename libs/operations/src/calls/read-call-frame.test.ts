import { expect, test } from 'vitest'
import { createCallPeer } from './call-peer.ts'
import type { CallFrame } from './call-events.ts'
import { readCallFrame } from './read-call-frame.ts'
import { OperationRegistry } from '../registry/registry.ts'

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const meta = '"source":"local","operationId":"a.b","timestamp":1'

const members: Readonly<Record<string, (value: string) => string>> = {
  input: (value) =>
    `{"type":"call.requested","id":"r","payload":{"requestId":"r","operationId":"a.b","input":${value}}}`,
  metadata: (value) =>
    `{"type":"call.requested","id":"r","payload":{"requestId":"r","operationId":"a.b","metadata":{"a":${value.slice(1, -1) || '1'}}}}`,
  'output.data': (value) =>
    `{"type":"call.responded","id":"r","payload":{"requestId":"r","output":{"data":${value},"meta":{${meta}}}}}`,
  'output.meta.content': (value) =>
    `{"type":"call.responded","id":"r","payload":{"requestId":"r","output":{"data":1,"meta":{${meta},"content":${value}}}}}`,
  'a stream item': (value) =>
    `{"type":"call.responded","id":"r","payload":{"seq":1,"requestId":"r","output":{"data":${value},"meta":{${meta}}}}}`,
  details: (value) =>
    `{"type":"call.error","id":"r","payload":{"requestId":"r","code":"X","message":"m","details":${value}}}`,
}

test.each(Object.keys(members))('%s may have 512 levels and no more (A1)', (member) => {
  const frame = (depth: number): string => members[member]?.(nested(depth)) ?? ''
  expect(readCallFrame(frame(3)).kind).toBe('frame')
  expect(readCallFrame(frame(512)).kind).toBe('frame')
  for (const depth of [513, 514, 515, 516, 517, 600, 10_000, 1_000_000])
    expect(readCallFrame(frame(depth))).toMatchObject({
      kind: 'deep',
      frame: { payload: { requestId: 'r' } },
    })
})

test('text that is not a frame and a frame that is nested too deeply give different errors', () => {
  expect(readCallFrame('{"type":')).toEqual({ kind: 'text' })
  expect(readCallFrame('['.repeat(100_000))).toEqual({ kind: 'text' })
  expect(readCallFrame(nested(100_000)).kind).toBe('fault')
  expect(readCallFrame(`{"type":"call.error","id":"r","payload":{"x":${nested(900)}}}`).kind).toBe(
    'fault',
  )
  expect(readCallFrame(`{"type":"hub.alive","x":${nested(900)}}`).kind).toBe('other')
})

test('a peer refuses a deep request and fails a call whose answer is deep, and continues', async () => {
  const sent: CallFrame[] = []
  const peer = createCallPeer({
    send: (frame: CallFrame) => void sent.push(frame),
    registry: new OperationRegistry(),
  })
  const parsed = (member: string): unknown => JSON.parse(members[member]?.(nested(9000)) ?? '')
  expect(peer.receive(parsed('input')).kind).toBe('fault')
  expect(sent).toMatchObject([{ type: 'call.error', payload: { code: 'VALIDATION_ERROR' } }])
  for (const member of ['output.data', 'details']) {
    const answer = peer.calls.call('a.b', {}, { requestId: 'r' })
    peer.receive(parsed(member))
    await expect(answer).rejects.toMatchObject({ code: 'EXECUTION_ERROR' })
  }
  await peer[Symbol.asyncDispose]()
})
