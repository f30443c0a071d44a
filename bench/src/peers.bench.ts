import { startTortureStack } from '@alkdev/test/torture'
import { io } from 'socket.io-client'
import { floorClient } from './bus-peer.ts'
import { Children } from './children.ts'
import { inTurn } from './measure.ts'
import { untilAnswers } from './path-contender.ts'
import type { Row } from './row.ts'
import { hubCaller, INPUT } from './socket-caller.ts'

/** Calls that cross Redis, compared with other libraries. The same Redis, the same machine, measured alternately. */
export async function run(): Promise<Row[]> {
  await using stack = await startTortureStack({ brokers: 2, spokes: 0, drainBudgetMs: 1000 })
  await using children = new Children()
  const [first, second] = stack.brokers
  if (!first || !second) throw new Error('no brokers')
  const { key } = stack
  const redis = stack.redis().url
  await children.start('./hub-spoke-peer.ts', ['bare', first.url, key, 'bare'])
  const { said: nodeA } = await children.start('./socketio-peer.ts', ['node', redis])
  const { said: nodeB } = await children.start('./socketio-peer.ts', ['node', redis])
  await children.start('./socketio-peer.ts', ['worker', nodeA])
  await children.start('./redis-peer.ts', [redis])

  const far = await hubCaller(second.url, key, 'client.bare.bench.echo')
  const socket = io(nodeB, { transports: ['websocket'] })
  const floor = await floorClient(redis)
  await untilAnswers(() => far.call())
  const measured = await inTurn([
    () => far.call(),
    () => socket.emitWithAck('call', INPUT) as Promise<unknown>,
    () => floor.call(INPUT),
  ])
  for (const caller of [far, floor]) caller.close()
  socket.disconnect()
  const [across, bySocketIo, bare] = measured
  if (!across || !bySocketIo || !bare) throw new Error('not measured')
  const share = across.perSecond / bySocketIo.perSecond
  return [
    {
      name: 'WebSocket -> broker -> Redis -> broker -> spoke and back, 64 in flight, beside Socket.IO',
      value: across.perSecond,
      unit: '/s',
      reference: bySocketIo.perSecond,
      ratio: share,
      noise: across.noise.perSecond + bySocketIo.noise.perSecond,
      target: '>= 1.5 x Socket.IO',
      ok: share >= 1.5,
    },
    {
      name: 'the same, one at a time, p50',
      value: across.p50Us,
      unit: 'us',
      reference: bySocketIo.p50Us,
      ratio: across.p50Us / bySocketIo.p50Us,
      noise: across.noise.p50 + bySocketIo.noise.p50,
    },
    {
      name: 'the same beside a bare request-reply over Redis, 64 in flight',
      value: across.perSecond,
      unit: '/s',
      reference: bare.perSecond,
      ratio: across.perSecond / bare.perSecond,
      noise: across.noise.perSecond + bare.noise.perSecond,
    },
    {
      name: 'the same, one at a time, p50',
      value: across.p50Us,
      unit: 'us',
      reference: bare.p50Us,
      ratio: across.p50Us / bare.p50Us,
      noise: across.noise.p50 + bare.noise.p50,
    },
  ]
}
