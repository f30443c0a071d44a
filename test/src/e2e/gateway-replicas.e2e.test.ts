import { once } from 'node:events'
import { request } from 'node:http'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { attachSpoke, CodedError, HubConnection, query } from '@alkdev/spoke'
import { must, sleep } from '@alkdev/std'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask, call } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

let hub: TestStack

beforeAll(async () => {
  hub = await startTestStack()
})
afterAll(() => hub?.[Symbol.asyncDispose]())

/** What stands before the gateways: gives each connection to the next of those that are in it. */
class LoadBalancer implements AsyncDisposable {
  readonly url: string
  targets: string[] = []
  readonly #close: () => Promise<void>
  #next = 0

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url
    this.#close = close
  }

  static async start(): Promise<LoadBalancer> {
    const sockets = new Set<Socket>()
    let balancer: LoadBalancer | undefined
    const server = createServer((client) => {
      const { hostname, port } = new URL(must(balancer).#pick())
      const upstream = connect({ host: hostname, port: Number(port), noDelay: true })
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(from)
        from.on('error', () => undefined)
        from.on('close', () => {
          sockets.delete(from)
          to.destroy()
        })
        from.pipe(to)
      }
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    balancer = new LoadBalancer(`http://127.0.0.1:${port}`, async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    })
    return balancer
  }

  #pick(): string {
    this.#next += 1
    return must(this.targets[this.#next % this.targets.length])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close()
  }
}

/** A client that calls one after the other and moves when it is asked to. Gives the codes of what failed. */
async function keepCalling(url: string, operationId: string, done: AbortSignal) {
  let connection = await HubConnection.open({ hub: url, key: hub.admin.key })
  const failures: string[] = []
  let calls = 0
  let moves = 0
  const follow = (): void =>
    void connection.draining.then(async () => {
      connection = await HubConnection.open({ hub: url, key: hub.admin.key })
      moves += 1
      follow()
    })
  follow()
  while (!done.aborted) {
    calls += 1
    await connection
      .call(operationId, { ms: calls % 10 })
      .catch((error: unknown) => failures.push(CodedError.from(error).code))
  }
  await connection.close()
  return { failures, calls, moves }
}

test('gateways are replaced one after the other, and no call of spokes, sockets or HTTP clients behind them fails', async () => {
  await using balancer = await LoadBalancer.start()
  const gateways = [await hub.addGateway(), await hub.addGateway()]
  balancer.targets = gateways.map(({ url }) => url)
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  const wait = query(
    {
      id: 'work.wait',
      description: 'Waits.',
      input: Type.Object({ ms: Type.Integer() }),
      output: Type.Null(),
    },
    async ({ ms }) => {
      await sleep(ms)
      return null
    },
  )
  const attaches = new Map<string, number>()
  const spokes = ['roll-a', 'roll-b'].map((name) =>
    attachSpoke({
      hub: balancer.url,
      key,
      name,
      operations: [wait],
      onAttached: () => attaches.set(name, (attaches.get(name) ?? 0) + 1),
    }),
  )
  await Promise.all(spokes.map((spoke) => spoke.attached()))
  await vi.waitFor(async () => {
    const other = { gateway: must(gateways[1]).url }
    const { status } = await ask(other, 'GET', '/api/operations/work.wait', { key: hub.admin.key })
    expect(status).toBe(200)
  })
  const done = new AbortController()
  const statuses: number[] = []
  const http = (async () => {
    while (!done.signal.aborted) {
      const response = await fetch(`${balancer.url}/api/operations/client.roll-b.work.wait`, {
        method: 'POST',
        headers: { authorization: `Bearer ${hub.admin.key}`, 'content-type': 'application/json' },
        body: '{"ms":5}',
      })
      await response.arrayBuffer()
      statuses.push(response.status)
    }
  })()
  const clients = ['client.roll-a.work.wait', 'client.roll-b.work.wait', 'work.wait'].map((id) =>
    keepCalling(balancer.url, id, done.signal),
  )
  const forced = (): number => hub.logs().split('not everything ended in time').length
  const before = forced()
  for (const gateway of gateways) {
    const next = await hub.addGateway()
    balancer.targets = [...balancer.targets.filter((url) => url !== gateway.url), next.url]
    await gateway.stop(20_000)
  }
  // No socket was closed by force, which a drain does when its time is over.
  expect(forced()).toBe(before)
  done.abort()
  await http
  const ended = await Promise.all(clients)
  expect(ended.map(({ failures }) => failures)).toEqual([[], [], []])
  expect(ended.every(({ calls }) => calls > 20)).toBe(true)
  expect(ended.reduce((sum, { moves }) => sum + moves, 0)).toBeGreaterThanOrEqual(2)
  expect(new Set(statuses)).toEqual(new Set([200]))
  for (const name of ['roll-a', 'roll-b']) expect(attaches.get(name)).toBeGreaterThanOrEqual(2)
  await Promise.all(spokes.map((spoke) => spoke.stop()))
}, 60_000)

test('a running call is seen and aborted through every gateway, by the account that made it and by no other', async () => {
  const gateway = await hub.addGateway()
  const owner = await hub.createKey(['spokes:attach'])
  const outsider = await hub.createKey([])
  await using spoke = await HandSpoke.attach(hub.broker, owner.key, 'replicas', [specOf('slow')])
  await using socket = await PlainSocket.open(hub.broker, owner.key)
  const at = (method: string, id: string, { key }: TestKey) =>
    ask({ gateway: gateway.url }, method, `/api/calls/${id}`, { key })
  const operationId = spoke.id('slow')
  const starts = [
    // Through the other gateway, and on a socket: the clock of the one is there, of the other in the broker.
    () => call(hub, owner, operationId, {}).then(({ body }) => body.code),
    () => socket.call(operationId, {}).then(({ payload }) => payload.code),
  ]
  for (const start of starts) {
    const ended = start()
    const { id: requestId } = await spoke.asked()
    const callId = requestId.slice(0, 36)
    expect((await at('GET', callId, owner)).body).toMatchObject({
      callId,
      operationId,
      status: 'running',
      accountId: owner.accountId,
    })
    expect((await at('GET', callId, hub.admin)).status).toBe(200)
    for (const method of ['GET', 'DELETE'])
      expect((await at(method, callId, outsider)).body).toMatchObject({ code: 'CALL_NOT_FOUND' })
    const aborting = at('DELETE', callId, owner)
    await spoke.received('call.aborted', requestId)
    spoke.fail(requestId, 'ABORTED')
    expect((await aborting).body).toEqual({
      callId,
      receipt: 'honoured',
      below: { calls: [], count: 0 },
    })
    expect(await ended).toBe('ABORTED')
    await vi.waitFor(async () =>
      expect((await at('GET', callId, owner)).body.status).toBe('aborted'),
    )
    expect((await at('DELETE', callId, owner)).body.receipt).toBe('too-late')
  }
  // As an operation too, which any gateway answers.
  const ended = call(hub, owner, operationId, {})
  const { id: requestId } = await spoke.asked()
  const callId = requestId.slice(0, 36)
  for (let n = 0; n < 4; n++)
    expect((await call(hub, owner, 'calls.get', { callId })).body.data.status).toBe('running')
  const aborting = call(hub, owner, 'calls.abort', { callId })
  await spoke.received('call.aborted', requestId)
  spoke.fail(requestId, 'ABORTED')
  expect((await aborting).body.data.receipt).toBe('honoured')
  await ended
  expect((await at('GET', 'unheard-of', owner)).status).toBe(404)
})

test('a gateway that drains asks the sockets behind it to move, and passes on no new one', async () => {
  const gateway = await hub.addGateway()
  const socket = await PlainSocket.open(gateway.url, hub.admin.key)
  await using direct = await PlainSocket.open(hub.broker, hub.admin.key)
  const stopped = gateway.stop(10_000)
  expect((await socket.next(({ type }) => type === 'hub.draining')).payload).toMatchObject({
    reconnectAfterMs: 250,
  })
  await expect(PlainSocket.open(gateway.url, hub.admin.key)).rejects.toThrow('503')
  expect((await socket.closed).code).toBe(1001)
  await stopped
  expect(direct.frames.map(({ type }) => type)).not.toContain('hub.draining')
})

/** The status of one request over a connection of its own, so that the balancer chooses where it goes; the code of what failed. */
const requestAlone = (url: string): Promise<unknown> =>
  new Promise((resolve) => {
    const headers = { 'x-api-key': hub.admin.key, 'content-type': 'application/json' }
    const path = `${url}/api/operations/projects.list`
    const sent = request(path, { method: 'POST', agent: false, headers }, (response) => {
      response.resume()
      response.once('close', () => resolve(response.statusCode))
    })
    sent.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
    sent.end('{}')
  })

test('a gateway that drains serves what a balancer sends it until the balancer has noticed, although that takes longer than in the hub', async () => {
  await using balancer = await LoadBalancer.start()
  const [first, second] = [await hub.addGateway(), await hub.addGateway()]
  balancer.targets = [first.url, second.url]
  const done = new AbortController()
  const ends: unknown[] = []
  const caller = (async () => {
    while (!done.signal.aborted) {
      ends.push(await requestAlone(balancer.url))
      // Between two requests the gateway is idle.
      await sleep(50)
    }
  })()
  await vi.waitUntil(() => ends.length > 5)
  const stopped = first.stop(20_000)
  // Every process of the hub has noticed after 1.2 s.
  await sleep(2500)
  balancer.targets = [second.url]
  await stopped
  done.abort()
  await caller
  await second.stop()
  expect(new Set(ends)).toEqual(new Set([200]))
  expect(ends.length).toBeGreaterThan(20)
}, 60_000)
