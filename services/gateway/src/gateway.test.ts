import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closeHttpApp, createHttpApp, listenHttpApp } from '@alkdev/http'
import type { FastifyBaseLogger } from 'fastify'
import type { InstanceInfo } from '@alkdev/bus'
import { expect, onTestFinished, test } from 'vitest'
import { readCallHeaders, traceparentOf } from './calls/call-headers.ts'
import { serverTiming } from './calls/server-timing.ts'
import { maySee, parseHubEvent } from './events/hub-event.ts'
import { parseTopics } from './events/topics.ts'
import { forwardRequest } from './forward/forward-request.ts'
import { Upstreams } from './forward/upstreams.ts'
import { openapiDocument } from './openapi/document.ts'
import { enforceNarrower } from './operations/enforce-narrower.ts'
import { readQuery } from './routes/read-query.ts'

test('the headers of a call are parsed, and malformed traces start a new trace', () => {
  expect(readCallHeaders({})).toEqual({})
  expect(readCallHeaders({ 'x-deadline-ms': '1500', 'idempotency-key': 'a b' })).toEqual({
    timeoutMs: 1500,
    idempotencyKey: 'a b',
  })
  expect(readCallHeaders({ traceparent: 'nonsense' })).toEqual({})
  for (const value of ['0', '-1', '1.5', '1e3', '', '99999999999']) {
    expect(() => readCallHeaders({ 'x-deadline-ms': value })).toThrow('x-deadline-ms')
  }
  expect(() => readCallHeaders({ 'idempotency-key': 'ü' })).toThrow('idempotency-key')
  expect(readCallHeaders({ prefer: 'wait=1, Respond-Async; x=1' })).toEqual({ isAsync: true })
  expect(readCallHeaders({ prefer: 'no-respond-async' })).toEqual({})
})

test('the trace of a call is that of its caller, with the call as its span', () => {
  const callId = '0197a5c0-1234-7abc-8def-0123456789ab'
  expect(traceparentOf(callId, undefined)).toBe(
    '00-0197a5c012347abc8def0123456789ab-8def0123456789ab-01',
  )
  const caller = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00'
  expect(traceparentOf(callId, caller)).toBe(
    '00-4bf92f3577b34da6a3ce929d0e0e4736-8def0123456789ab-00',
  )
})

test('Server-Timing has five times for a successful call and two for a failed one', () => {
  const timing = { routeMs: 0.123, queueMs: 1, executeMs: 2.5, totalMs: 4 }
  expect(serverTiming(0.05, 4.4, timing)).toBe(
    'auth;dur=0.05, route;dur=0.12, queue;dur=1, execute;dur=2.5, total;dur=4.4',
  )
  expect(serverTiming(0.05, 4.4)).toBe('auth;dur=0.05, total;dur=4.4')
})

test('parameters of an address are checked one by one', () => {
  const query = readQuery({ q: 'read file', limit: '7', type: 'query', empty: '', tree: '1' }, [
    'q',
    'limit',
    'type',
    'empty',
    'tree',
  ])
  expect(query.text('q')).toEqual({ q: 'read file' })
  expect(query.text('empty')).toEqual({})
  expect(query.integer('limit', 1, 200)).toEqual({ limit: 7 })
  expect(query.oneOf('type', ['query', 'mutation'])).toEqual({ type: 'query' })
  expect(query.flag('tree')).toBe(true)
  expect(() => query.integer('q', 1, 200)).toThrow('whole number')
  expect(() => query.oneOf('q', ['a'])).toThrow('one of a')
  expect(() => query.flag('limit')).toThrow('1 or 0')
  expect(() => readQuery({ z: '1' }, ['q'])).toThrow('not known')
  expect(() => readQuery({ q: ['1', '2'] }, ['q'])).toThrow('once')
  expect(() => readQuery({ q: 'x'.repeat(2000) }, ['q'])).toThrow('1024')
})

test('topics are a type, a type with an id, or a prefix, and nothing else', () => {
  const event = { id: '1-1', type: 'spoke.attached', subject: 'laptop', payload: null }
  for (const topics of [
    undefined,
    'spoke.attached',
    'spoke.attached:laptop',
    'spoke.*',
    'key.created, spoke.*',
  ]) {
    expect(parseTopics(topics)(event)).toBe(true)
  }
  for (const topics of ['spoke.detached', 'spoke.attached:desk', 'key.*', 'spoke']) {
    expect(parseTopics(topics)(event)).toBe(false)
  }
  for (const topics of ['*', '', 'spoke.', '.*', 'a b', 'spoke.*.x']) {
    expect(() => parseTopics(topics)).toThrow('A topic is')
  }
  expect(() => parseTopics(Array.from({ length: 51 }, () => 'a').join(','))).toThrow('50')
})

test('an event is visible to identities that its scope and its owner allow', () => {
  const event = {
    id: '1-1',
    type: 'spoke.attached',
    subject: 'laptop',
    payload: { ownerId: 'alice', orgId: 'org' },
  }
  const scopes = ['spokes:read']
  expect(maySee(event, { id: 'alice', scopes }, false)).toBe(true)
  expect(maySee(event, { id: 'bob', scopes, orgIds: ['org'] }, false)).toBe(true)
  expect(maySee(event, { id: 'bob', scopes }, false)).toBe(false)
  expect(maySee(event, { id: 'alice', scopes: [] }, false)).toBe(false)
  expect(maySee(event, { id: 'root', scopes: ['*'] }, true)).toBe(true)
  // `*` covers what the account may do.
  expect(maySee(event, { id: 'bob', scopes: ['*'] }, false)).toBe(false)
  expect(maySee(event, { id: 'root', scopes: [] }, true)).toBe(false)
  const unknown = { ...event, type: 'new.thing', payload: null }
  expect(maySee(unknown, { id: 'alice', scopes }, false)).toBe(false)
  expect(parseHubEvent('1-1', ['type', 'a.b', 'id', 'c', 'payload', '{"d":1}'])).toEqual({
    id: '1-1',
    type: 'a.b',
    subject: 'c',
    payload: { d: 1 },
  })
  expect(parseHubEvent('1-1', ['type', 'a.b', 'id', 'c', 'payload', '{'])).toBeUndefined()
  expect(parseHubEvent('1-1', [])).toBeUndefined()
})

test("rights can be granted within the caller's own, wildcards included", () => {
  const caller = {
    id: 'a',
    scopes: ['fs:*', 'git:read'],
    resources: { 'spoke:*': ['call'], 'project:1': ['*'] },
  }
  expect(() =>
    enforceNarrower(caller, ['fs:read', 'fs:*'], { 'spoke:x': ['call'], 'project:1': ['write'] }),
  ).not.toThrow()
  expect(() => enforceNarrower(caller, ['git:*'], {})).toThrow('at most the rights')
  expect(() => enforceNarrower(caller, [], { 'project:2': ['read'] })).toThrow('at most the rights')
  expect(() =>
    enforceNarrower({ id: 'a', scopes: ['*'] }, ['x:y', '*'], { 'project:2': ['read'] }),
  ).not.toThrow()
})

test('a schema with references of its own keeps them in the OpenAPI document', () => {
  const inputSchema = { $ref: '#/$defs/node', $defs: { node: { type: 'object' } } }
  const spec = {
    namespace: 'demo',
    name: 'tree',
    version: '1.0.0',
    type: 'query' as const,
    description: 'A tree.',
    inputSchema,
    outputSchema: true,
    accessControl: { requiredScopes: ['demo:read'] },
    errorSchemas: [{ code: 'TEAPOT', description: 'It is one.', schema: {}, httpStatus: 418 }],
  }
  const document = openapiDocument([
    { operationId: 'demo.tree', spec, kind: 'pool', providers: [] },
  ])
  expect(document).toMatchObject({
    paths: {
      '/api/operations/demo.tree': {
        post: {
          requestBody: {
            content: {
              'application/json': {
                schema: { $id: 'urn:alkhub:schema:demo.tree:input', ...inputSchema },
              },
            },
          },
          responses: { '418': { description: 'TEAPOT: It is one.' } },
          'x-required-scopes': ['demo:read'],
        },
      },
    },
  })
})

const quiet = (): void => undefined
const silent: FastifyBaseLogger = {
  level: 'silent',
  fatal: quiet,
  error: quiet,
  warn: quiet,
  info: quiet,
  debug: quiet,
  trace: quiet,
  silent: quiet,
  child: () => silent,
}

async function portOf(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}

function instance(port: number, load = 0): InstanceInfo {
  const url = `http://127.0.0.1:${port}`
  return {
    instanceId: String(port),
    service: 'inference-proxy',
    url,
    draining: false,
    load,
    startedAt: 0,
  }
}

/** Instances as leases report them; `dead` ones do not answer. */
async function relayTo(instances: () => readonly InstanceInfo[]) {
  const upstreams = new Upstreams(leases(instances))
  const app = createHttpApp({
    logger: silent,
    health: { ready: () => true, report: () => ({}), metrics: () => Promise.resolve('') },
  })
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.all('/v1/*', async (request, reply) => {
      await forwardRequest(upstreams, 'inference-proxy', request, reply, Infinity)
      return reply
    })
  })
  onTestFinished(async () => {
    await closeHttpApp(app, 100)
    await upstreams.close()
  })
  return { url: await listenHttpApp(app, { host: '127.0.0.1', port: 0 }), upstreams }
}

test('an unreachable instance is skipped, and the complete body goes to the next', async () => {
  const gone = createServer()
  const dead = await portOf(gone)
  gone.close()
  const echo = createServer((request, response) => void request.pipe(response))
  const alive = await portOf(echo)
  onTestFinished(() => void echo.close())
  const { url } = await relayTo(() => [instance(dead), instance(alive, 9)])
  const body = 'x'.repeat(300_000)
  for (let at = 0; at < 10; at += 1) {
    const answer = await fetch(`${url}/v1/echo`, { method: 'POST', body })
    expect(await answer.text()).toBe(body)
  }
})

test('an instance that closes the connection before it answers is PROVIDER_LOST, and is not retried', async () => {
  let requests = 0
  const breaking = createServer((request) => {
    requests += 1
    request.socket.destroy()
  })
  const port = await portOf(breaking)
  onTestFinished(() => void breaking.close())
  const { url } = await relayTo(() => [instance(port), instance(port)])
  const answer = await fetch(`${url}/v1/x`, { method: 'POST', body: 'x' })
  expect(answer.status).toBe(502)
  expect(await answer.json()).toMatchObject({
    error: { code: 'provider_lost', type: 'server_error' },
  })
  expect(requests).toBe(1)
})

test('an answer that is cut off upstream is cut off for the client too', async () => {
  const half = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half')
    setTimeout(() => response.destroy(), 20)
  })
  const port = await portOf(half)
  onTestFinished(() => void half.close())
  const { url } = await relayTo(() => [instance(port)])
  const answer = await fetch(`${url}/v1/x`)
  await expect(answer.text()).rejects.toThrow('terminated')
})

/** Leases in which another read finds nothing, unless `look` returns something. */
function leases(instances: () => readonly InstanceInfo[], look = async (): Promise<void> => {}) {
  return { instances, lookForInstances: look }
}

async function idsOf(upstreams: Upstreams, session?: string): Promise<string[]> {
  const found: string[] = []
  for await (const { instanceId } of upstreams.candidates('mcp', session)) found.push(instanceId)
  return found
}

test('requests of a session go to the instance that answered it first, while that is alive', async () => {
  let live = [instance(1), instance(2), instance(3)]
  const upstreams = new Upstreams(leases(() => live))
  upstreams.remember('s', '2')
  for (let at = 0; at < 20; at += 1) {
    const [first, ...others] = await idsOf(upstreams, 's')
    expect(first).toBe('2')
    expect(others).toHaveLength(2)
  }
  live = [instance(1), instance(3)]
  expect((await idsOf(upstreams, 's')).toSorted()).toEqual(['1', '3'])
})

test('of two instances the less loaded one comes first', async () => {
  const upstreams = new Upstreams(leases(() => [instance(1, 5), instance(2, 1)]))
  for (let at = 0; at < 20; at += 1) expect((await idsOf(upstreams))[0]).toBe('2')
})

test('when no instance is left the leases are read once more, and only new ones are tried', async () => {
  let live = [instance(1)]
  let looks = 0
  const upstreams = new Upstreams(
    leases(
      () => live,
      async () => {
        looks += 1
        live = [instance(1), instance(2)]
      },
    ),
  )
  expect(await idsOf(upstreams)).toEqual(['1', '2'])
  expect(looks).toBe(1)
  // A caller that needs only the first instance causes no read.
  for await (const { instanceId } of upstreams.candidates('mcp')) {
    expect(instanceId).toBeDefined()
    break
  }
  expect(looks).toBe(1)
  const away = new Upstreams(
    leases(
      () => [],
      () => Promise.reject(new Error('no Redis')),
    ),
  )
  expect(await idsOf(away)).toEqual([])
})
