import { EventEmitter } from 'node:events'
import { CallError } from '@alkdev/operations'
import type { CallFrame } from '@alkdev/operations'
import { expect, test } from 'vitest'
import type { ConnectionOptions } from './connection.ts'
import { Connection } from './connection.ts'

/** A connection over the used part of a `ws` socket, which can be made to throw. */
function opened() {
  const sent: { type: string; id: string; payload: Record<string, unknown> }[] = []
  const frames: CallFrame[] = []
  const ends: number[] = []
  const state = { throws: false }
  const socket = Object.assign(new EventEmitter(), {
    readyState: 1,
    bufferedAmount: 0,
    send(text: string) {
      if (state.throws) throw new Error('hostile')
      sent.push(JSON.parse(text))
    },
    close: (code: number) => void ends.push(code),
    terminate: () => undefined,
  })
  const options = {
    tcpSocket: { cork: () => undefined, uncork: () => undefined },
    from: {},
    relay: undefined,
    authenticated: { identity: { id: 'a', scopes: [] } },
    heartbeat: { add: () => undefined, delete: () => undefined },
    maxBufferedBytes: 1000,
    events: { closed: () => undefined, strayFrame: () => undefined, badFrame: () => undefined },
  }
  const connection = new Connection(socket as never, options as unknown as ConnectionOptions)
  connection.start({
    idle: true,
    onFrame: (frame) => void frames.push(frame),
    onClosed: (code) => void ends.push(code),
  })
  const receive = (frame: object): boolean =>
    socket.emit('message', Buffer.from(JSON.stringify(frame)), false)
  return { connection, receive, sent, frames, ends, state }
}

const callOf = (id: string, requestId: string): object => ({
  type: 'call.requested',
  id,
  payload: { requestId, operationId: 'hub.list', input: {} },
})

test('a call whose id is not its requestId is refused, and the socket continues (N3)', () => {
  const { receive, sent, frames, ends } = opened()
  for (const id of ['other', '']) receive(callOf(id, 'r1'))
  expect(sent).toMatchObject(
    Array.from({ length: 2 }, () => ({
      type: 'call.error',
      id: 'r1',
      payload: { code: 'VALIDATION_ERROR', details: { errors: [{ path: '/id' }] } },
    })),
  )
  receive(callOf('r2', 'r2'))
  expect([frames.map(({ id }) => id), ends]).toEqual([['r2'], []])
})

test('any other frame whose id is not its requestId is a bad frame (N3)', () => {
  const { receive, sent, frames, ends } = opened()
  receive({ type: 'call.aborted', id: '', payload: { requestId: 'r1' } })
  expect(sent).toMatchObject([{ id: 'r1', payload: { code: 'VALIDATION_ERROR' } }])
  expect([frames, ends]).toEqual([[], [1008]])
})

test('a socket whose send throws is closed, and its end is reported once', () => {
  const { connection, ends, state } = opened()
  expect(connection.send('call.responded', 'r1', {})).toBe(true)
  state.throws = true
  expect(connection.sendError('r1', new CallError('CONFLICT', 'x'))).toBe(false)
  expect(connection.send('call.responded', 'r1', {})).toBe(false)
  expect(connection.open).toBe(false)
  expect(ends).toHaveLength(2)
  expect(new Set(ends).size).toBe(1)
})
