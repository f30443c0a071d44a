import { startTortureStack } from '@alkdev/test/torture'
import { io } from 'socket.io-client'
import { floorClient } from './bus-peer.ts'
import { Children } from './children.ts'
import { httpCaller } from './http-caller.ts'
import { inTurn } from './measure.ts'
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
  await children.start('./moleculer-peer.ts', ['worker', redis])
  const { said: web } = await children.start('./moleculer-peer.ts', ['web', redis])
  const { said: nodeA } = await children.start('./socketio-peer.ts', ['node', redis])
  const { said: nodeB } = await children.start('./socketio-peer.ts', ['node', redis])
  await children.start('./socketio-peer.ts', ['worker', nodeA])
  await children.start('./redis-peer.ts', [redis])

  const operation = `${stack.gateway.url}/api/operations/client.bare.bench.echo`
  const http = httpCaller(operation, INPUT, { authorization: `Bearer ${key}` })
  const moleculer = httpCaller(`${web}/echo`, INPUT)
  const far = await hubCaller(second.url, key, 'client.bare.bench.echo')
  const socket = io(nodeB, { transports: ['websocket'] })
  const floor = await floorClient(redis)
  await untilAnswers(() => http.call())
  const measured = await inTurn([
    () => http.call(),
    () => moleculer.call(),
    () => far.call(),
    () => socket.emitWithAck('call', INPUT) as Promise<unknown>,
    () => floor.call(INPUT),
  ])
  for (const caller of [http, moleculer, far, floor]) caller.close()
  socket.disconnect()
  const [gateway, byMoleculer, across, bySocketIo, bare] = measured
  if (!gateway || !byMoleculer || !across || !bySocketIo || !bare) throw new Error('not measured')
  const share = gateway.perSecond / byMoleculer.perSecond
  return [
    {
      name: 'HTTP -> gateway -> Redis -> broker -> spoke and back, 64 in flight',
      value: gateway.perSecond,
      unit: '/s',
      reference: byMoleculer.perSecond,
      ratio: share,
      target: '>= Moleculer over Redis behind moleculer-web',
      ok: share >= 1,
    },
    {
      name: 'the same, one at a time, p50',
      value: gateway.p50Us,
      unit: 'us',
      reference: byMoleculer.p50Us,
      ratio: gateway.p50Us / byMoleculer.p50Us,
      target: '<= 1000 us on a quiet machine',
      ok: gateway.p50Us <= 1000,
    },
    {
      name: 'WebSocket -> broker -> Redis -> broker -> spoke and back, 64 in flight, beside Socket.IO',
      value: across.perSecond,
      unit: '/s',
      reference: bySocketIo.perSecond,
      ratio: across.perSecond / bySocketIo.perSecond,
    },
    {
      name: 'the same, one at a time, p50',
      value: across.p50Us,
      unit: 'us',
      reference: bySocketIo.p50Us,
      ratio: across.p50Us / bySocketIo.p50Us,
    },
    {
      name: 'the same beside a bare request-reply over Redis, 64 in flight',
      value: across.perSecond,
      unit: '/s',
      reference: bare.perSecond,
      ratio: across.perSecond / bare.perSecond,
    },
    {
      name: 'the same, one at a time, p50',
      value: across.p50Us,
      unit: 'us',
      reference: bare.p50Us,
      ratio: across.p50Us / bare.p50Us,
    },
  ]
}

/** The gateway may hear of the spoke a moment later. */
async function untilAnswers(call: () => Promise<unknown>): Promise<void> {
  for (let at = 0; ; at++) {
    try {
      await call()
      return
    } catch (error) {
      if (at > 20) throw error
    }
  }
}
