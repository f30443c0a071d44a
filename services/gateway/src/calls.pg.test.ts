import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createTestGateway } from './testing/test-gateway.ts'
import type { Person, TestGateway } from './testing/test-gateway.ts'
import { demoOperations } from './testing/test-operations.ts'
import type { Seen } from './testing/test-operations.ts'

const seen: Seen = { runs: 0, aborted: 0, keys: [] }
let hub: TestGateway
let owner: Person

beforeAll(async () => {
  hub = await createTestGateway()
  owner = await hub.person(['demo:*', 'spokes:read'])
  await hub.attach(owner.accountId, 'laptop', demoOperations(seen))
  // A new instance is known to the others after they have read its lease.
  await vi.waitUntil(async () => (await ask('demo.echo', { text: 'there?' })).status === 200)
})
afterAll(() => hub[Symbol.asyncDispose]())

const ask = (operationId: string, input: unknown, headers: Record<string, string> = {}) =>
  hub.call(operationId, input, { key: owner.key, headers })

test('a call goes through to the spoke and back, with its id and its times', async () => {
  const answer = await ask('dev.laptop.demo.echo', { text: 'hi' })
  expect(answer.status).toBe(200)
  const callId = answer.headers.get('x-request-id')
  expect(await answer.json()).toMatchObject({ data: { said: 'hi' }, meta: { callId } })
  expect(answer.headers.get('server-timing')).toMatch(
    /^auth;dur=[\d.]+, route;dur=[\d.]+, queue;dur=[\d.]+, execute;dur=[\d.]+, total;dur=[\d.]+$/,
  )
  expect(answer.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
})

test("the pool name works as well, and the caller's trace continues", async () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
  const answer = await ask(
    'demo.echo',
    { text: 'hi' },
    { traceparent: `00-${trace}-00f067aa0ba902b7-01` },
  )
  expect(answer.status).toBe(200)
  expect(answer.headers.get('traceparent')).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`))
})

test('a request without a valid key gets nothing', async () => {
  for (const headers of [{}, { authorization: 'Bearer alk_wrong' }, { 'x-api-key': 'nonsense' }]) {
    const answer = await fetch(new URL('/api/operations', hub.gateway.url), {
      headers: headers as Record<string, string>,
    })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 })
  }
})

test('an invisible operation and an unknown one give exactly the same error', async () => {
  const outsider = await hub.person([])
  const shapes = new Set<string>()
  for (const id of ['dev.laptop.demo.echo', 'demo.secret', 'no.such', 'keys.create']) {
    for (const method of ['GET', 'POST']) {
      const answer = await hub.fetch(`/api/operations/${id}`, { method, key: outsider.key })
      expect(answer.status).toBe(404)
      const text = (await answer.text()).replaceAll(id, 'X')
      shapes.add(text.replace(answer.headers.get('x-request-id') ?? '', 'ID'))
    }
  }
  expect([...shapes]).toHaveLength(1)
})

test('the error for an invalid input names every failing path', async () => {
  const answer = await ask('demo.echo', { text: 1, times: 'two', more: true })
  expect(answer.status).toBe(400)
  const problem = (await answer.json()) as { code: string; details: { errors: { path: string }[] } }
  expect(problem.code).toBe('VALIDATION_ERROR')
  expect(problem.details.errors.map(({ path }) => path).toSorted()).toEqual([
    '/more',
    '/text',
    '/times',
  ])
})

test('no body is an empty input, and null is null', async () => {
  const url = '/api/operations/accounts.me'
  expect((await hub.fetch(url, { method: 'POST' })).status).toBe(200)
  const headers = { 'content-type': 'application/json' }
  expect((await hub.fetch(url, { method: 'POST', headers, body: 'null' })).status).toBe(400)
})

test('a body that is not valid JSON, or over the limit, is refused with its code', async () => {
  const url = '/api/operations/demo.echo'
  const headers = { 'content-type': 'application/json' }
  const broken = await hub.fetch(url, { method: 'POST', headers, body: '{"text":' })
  expect([broken.status, ((await broken.json()) as { code: string }).code]).toEqual([
    400,
    'VALIDATION_ERROR',
  ])
  const body = JSON.stringify({ text: 'x'.repeat(1_100_000) })
  const large = await hub.fetch(url, { method: 'POST', headers, body })
  expect([large.status, ((await large.json()) as { code: string }).code]).toEqual([
    413,
    'PAYLOAD_TOO_LARGE',
  ])
})

test('an error that the operation declares keeps its status, and an undeclared one reveals nothing', async () => {
  const declared = await ask('demo.fails', { how: 'declared' })
  expect(declared.status).toBe(418)
  expect(await declared.json()).toMatchObject({
    code: 'TEAPOT',
    detail: 'I am a teapot.',
    details: { short: true },
  })
  const thrown = await ask('demo.fails', { how: 'thrown' })
  expect(thrown.status).toBe(500)
  const text = await thrown.text()
  expect(JSON.parse(text)).toMatchObject({ code: 'EXECUTION_ERROR' })
  expect(text).not.toMatch(/select|root/)
})

test('a deadline ends the call with TIMEOUT and aborts the handler', async () => {
  const before = seen.aborted
  const answer = await ask('demo.slow', {}, { 'x-deadline-ms': '50' })
  expect(answer.status).toBe(504)
  expect(await answer.json()).toMatchObject({ code: 'TIMEOUT' })
  await expect.poll(() => seen.aborted).toBe(before + 1)
})

test('invalid headers are refused before anything runs', async () => {
  for (const headers of [
    { 'x-deadline-ms': 'soon' },
    { 'x-deadline-ms': '0' },
    { 'idempotency-key': 'x'.repeat(129) },
  ]) {
    const answer = await ask('demo.count', {}, headers)
    expect(await answer.json()).toMatchObject({ code: 'VALIDATION_ERROR', status: 400 })
  }
  expect(seen.runs).toBe(0)
})

test('a client that disconnects aborts its call', async () => {
  const before = seen.aborted
  const leave = new AbortController()
  const answer = hub.call('demo.slow', {}, { key: owner.key, signal: leave.signal })
  const gone = answer.catch((error: unknown) => error)
  await expect
    .poll(async () =>
      (await (await hub.fetch('/metrics')).text()).includes('alkhub_gateway_calls_active 1'),
    )
    .toBe(true)
  leave.abort()
  expect(await gone).toMatchObject({ name: 'AbortError' })
  await expect.poll(() => seen.aborted).toBe(before + 1)
})

async function events(answer: Response): Promise<string[]> {
  const text = await answer.text()
  return text.split('\n\n').filter((block) => block !== '' && !block.startsWith(':'))
}

test('a subscription is answered item by item, with its end', async () => {
  const answer = await ask('demo.ticks', { count: 3 }, { accept: 'text/event-stream' })
  expect(answer.headers.get('content-type')).toContain('text/event-stream')
  const blocks = await events(answer)
  expect(blocks.map((block) => block.split('\n')[0])).toEqual([
    'id: 1',
    'id: 2',
    'id: 3',
    'event: completed',
  ])
  expect(blocks[0]).toContain('"data":{"at":1}')
  expect(blocks[3]).toContain('{"count":3}')
})

test('a subscription that fails after its first items ends with an error event', async () => {
  const blocks = await events(
    await ask('demo.ticks', { count: 2, end: 'fail' }, { accept: 'text/event-stream' }),
  )
  expect(blocks).toHaveLength(3)
  expect(blocks[2]).toMatch(/^event: error\ndata: .*"code":"CONFLICT"/)
})

test('a subscription without event-stream, or of an unknown operation, gets an ordinary error', async () => {
  const plain = await ask('demo.ticks', { count: 1 })
  expect(await plain.json()).toMatchObject({ code: 'VALIDATION_ERROR' })
  const missing = await ask('no.such', {}, { accept: 'text/event-stream' })
  expect(missing.status).toBe(404)
  expect(missing.headers.get('content-type')).toBe('application/problem+json')
})

test('a subscriber that disconnects aborts the call', async () => {
  const before = seen.aborted
  const leave = new AbortController()
  const answer = await hub.call(
    'demo.ticks',
    { count: 1, end: 'hang' },
    {
      key: owner.key,
      headers: { accept: 'text/event-stream' },
      signal: leave.signal,
    },
  )
  const reader = answer.body?.getReader()
  await reader?.read()
  leave.abort()
  await expect.poll(() => seen.aborted).toBe(before + 1)
})

test('after its end a call is found by its id, by the account that made it and by no other', async () => {
  const callId = (await ask('demo.echo', { text: 'find me' })).headers.get('x-request-id')
  const url = `/api/calls/${callId}`
  await expect.poll(async () => (await hub.fetch(url, { key: owner.key })).status).toBe(200)
  const call = await (await hub.fetch(url, { key: owner.key })).json()
  expect(call).toMatchObject({
    callId,
    operationId: 'demo.echo',
    status: 'completed',
    input: { text: 'find me' },
    output: { said: 'find me' },
    route: 'least-loaded of 1',
    timing: {
      routeMs: expect.any(Number) as number,
      queueMs: expect.any(Number) as number,
      executeMs: expect.any(Number) as number,
    },
  })
  expect(await (await hub.fetch(`${url}?tree=1`)).json()).toMatchObject({ callId, calls: [] })
  const other = await hub.person([])
  const refused = await hub.fetch(url, { key: other.key })
  expect(refused.status).toBe(404)
  expect(await refused.json()).toMatchObject({ code: 'CALL_NOT_FOUND' })
})

test('a running call is reported as running and aborted by its id', async () => {
  const before = seen.aborted
  const opened = await hub.call(
    'demo.ticks',
    { count: 1, end: 'hang' },
    { key: owner.key, headers: { accept: 'text/event-stream' } },
  )
  const callId = opened.headers.get('x-request-id')
  const url = `/api/calls/${callId}`
  const other = await hub.person([])
  expect(await (await hub.fetch(url, { key: owner.key })).json()).toMatchObject({
    status: 'running',
    operationId: 'demo.ticks',
    attempts: 1,
  })
  expect(await (await hub.fetch(`${url}?tree=1`, { key: owner.key })).json()).toMatchObject({
    status: 'running',
    calls: [],
  })
  expect((await hub.fetch(url, { key: other.key, method: 'DELETE' })).status).toBe(404)
  // Many clients send the type with every request (V9).
  const headers = { 'content-type': 'application/json' }
  const aborted = await hub.fetch(url, { key: owner.key, method: 'DELETE', headers })
  expect(await aborted.json()).toEqual({
    callId,
    receipt: 'honoured',
    below: { count: 0, calls: [] },
  })
  expect(await opened.text()).toMatch(/event: error\ndata: .*"code":"ABORTED"/)
  expect(seen.aborted).toBe(before + 1)
  await expect
    .poll(
      async () =>
        ((await (await hub.fetch(url, { key: owner.key })).json()) as { status: string }).status,
    )
    .toBe('aborted')
  expect(await (await hub.fetch(url, { key: owner.key, method: 'DELETE' })).json()).toMatchObject({
    receipt: 'too-late',
  })
})

test('a revoked key ends its streams within the second, and is refused', async () => {
  const guest = await hub.keys.create({ ownerId: owner.accountId, scopes: ['demo:*'] })
  const opened = await hub.call(
    'demo.ticks',
    { count: 1, end: 'hang' },
    { key: guest.key, headers: { accept: 'text/event-stream' } },
  )
  await hub.keys.revoke(guest.record.id)
  expect(await opened.text()).toMatch(/event: error\ndata: .*"code":"UNAUTHENTICATED"/)
  expect((await hub.fetch('/api/operations', { key: guest.key })).status).toBe(401)
})

test('the same key with the same input runs once, and gets the first answer both times', async () => {
  const runs = seen.runs
  const headers = { 'idempotency-key': 'once' }
  const first = await ask('demo.count', { a: 1, b: 2 }, headers)
  const again = await ask('demo.count', { b: 2, a: 1 }, headers)
  expect(await again.json()).toEqual(await first.json())
  expect(first.headers.get('idempotency-replayed')).toBeNull()
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect(seen.runs).toBe(runs + 1)
  expect(seen.keys.at(-1)).toBe('once')
})

test('calls with the same key at the same time wait for the one that runs', async () => {
  const runs = seen.runs
  const headers = { 'idempotency-key': 'together' }
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask('demo.count', {}, headers)))
  const bodies: unknown[] = await Promise.all(answers.map((answer) => answer.json()))
  for (const body of bodies) expect(body).toEqual(bodies[0])
  expect(seen.runs).toBe(runs + 1)
})

test('the same key with another input is CONFLICT, and another account or operation has keys of its own', async () => {
  const headers = { 'idempotency-key': 'shared' }
  expect((await ask('demo.count', { a: 1 }, headers)).status).toBe(200)
  const other = await ask('demo.count', { a: 2 }, headers)
  expect(await other.json()).toMatchObject({ status: 409, code: 'CONFLICT' })
  expect((await ask('dev.laptop.demo.count', { a: 2 }, headers)).status).toBe(200)
  expect((await hub.call('accounts.me', {}, { headers })).status).toBe(200)
})

test('a call that is proven not to have run leaves the key free, and the result of one that failed is replayed', async () => {
  const refused = { 'idempotency-key': 'refused' }
  expect((await ask('demo.echo', { wrong: true }, refused)).status).toBe(400)
  expect((await ask('demo.echo', { text: 'right' }, refused)).status).toBe(200)
  const failed = { 'idempotency-key': 'failed' }
  const first = await ask('demo.fails', { how: 'declared' }, failed)
  const again = await ask('demo.fails', { how: 'declared' }, failed)
  expect([first.status, again.status]).toEqual([418, 418])
  expect(await again.json()).toMatchObject({ code: 'TEAPOT', details: { short: true } })
})

test('an answer that cannot be stored is returned once, and the call does not run again for the same key', async () => {
  const headers = { 'idempotency-key': 'nul' }
  const first = await ask('demo.echo', { text: 'a\u0000b' }, headers)
  expect(await first.json()).toMatchObject({ data: { said: 'a\u0000b' } })
  const again = await ask('demo.echo', { text: 'a\u0000b' }, headers)
  expect(await again.json()).toMatchObject({ status: 409, code: 'CONFLICT' })
})

test.each([
  ['NUL', '\0'],
  ['half of a surrogate pair', '\ud800'],
])(
  'an error with %s that cannot be stored is returned once, and its repetition is CONFLICT at once (H21)',
  async (what, text) => {
    const headers = { 'idempotency-key': `odd error: ${what}` }
    const first = await ask('demo.fails', { how: 'declared', text }, headers)
    expect(await first.json()).toMatchObject({ code: 'TEAPOT', details: { text } })
    const again = await ask('demo.fails', { how: 'declared', text }, headers)
    expect(await again.json()).toMatchObject({ status: 409, code: 'CONFLICT' })
  },
)

test('an answer that is shown only once cannot be requested with a key', async () => {
  const headers = { 'idempotency-key': 'secret' }
  const answer = await hub.call('keys.create', { name: 'x', scopes: [] }, { headers })
  expect(await answer.json()).toMatchObject({ code: 'VALIDATION_ERROR' })
})

test('operations are listed page by page and found by words', async () => {
  const all: string[] = []
  let cursor = ''
  do {
    const page = (await (
      await hub.fetch(`/api/operations?limit=4${cursor}`, { key: owner.key })
    ).json()) as {
      items: { operationId: string }[]
      nextCursor?: string
    }
    expect(page.items.length).toBeLessThanOrEqual(4)
    all.push(...page.items.map(({ operationId }) => operationId))
    cursor = page.nextCursor === undefined ? '' : `&cursor=${encodeURIComponent(page.nextCursor)}`
  } while (cursor !== '')
  expect(new Set(all).size).toBe(all.length)
  expect(all).toEqual(
    expect.arrayContaining(['accounts.me', 'demo.echo', 'dev.laptop.demo.echo', 'hub.list']),
  )
  expect(all).not.toContain('keys.create')
  const found = (await (
    await hub.fetch('/api/operations?q=echo&limit=2', { key: owner.key })
  ).json()) as { items: { operationId: string }[] }
  expect(found.items[0]?.operationId).toMatch(/demo\.echo$/)
  const wrong = await hub.fetch('/api/operations?limit=0')
  expect(await wrong.json()).toMatchObject({ code: 'VALIDATION_ERROR' })
})

test('an operation is described completely, with its providers', async () => {
  const described = (await (
    await hub.fetch('/api/operations/demo.echo', { key: owner.key })
  ).json()) as Record<string, unknown>
  expect(described).toMatchObject({
    operationId: 'demo.echo',
    kind: 'pool',
    type: 'query',
    inputSchema: { required: ['text'] },
    providers: [{ spoke: 'laptop', status: 'active' }],
    providerCount: 1,
  })
  expect(described['schemaHash']).toMatch(/^[0-9a-f]{64}$/)
  expect(await (await hub.fetch('/api/operations/accounts.me')).json()).toMatchObject({
    kind: 'service',
    providerCount: 1,
  })
})

test('the OpenAPI document has one path for each operation that the key may see', async () => {
  const document = (await (await hub.fetch('/openapi.json', { key: owner.key })).json()) as {
    openapi: string
    paths: Record<string, unknown>
  }
  expect(document.openapi).toBe('3.1.0')
  expect(Object.keys(document.paths)).toContain('/api/operations/demo.echo')
  expect(Object.keys(document.paths)).not.toContain('/api/operations/keys.create')
  expect((await fetch(new URL('/openapi.json', hub.gateway.url))).status).toBe(401)
})

test('a client that has the OpenAPI document gets 304 until its operations change', async () => {
  const first = await hub.fetch('/openapi.json', { key: owner.key })
  const etag = first.headers.get('etag') ?? ''
  expect(etag).toMatch(/^"[0-9a-f]{32}"$/)
  const ask = (key: string) =>
    hub.fetch('/openapi.json', { key, headers: { 'if-none-match': `"other", W/${etag}` } })
  const same = await ask(owner.key)
  expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', etag])
  // Without gzip it is another representation of the same document.
  const plain = await hub.fetch('/openapi.json', {
    key: owner.key,
    headers: { 'accept-encoding': 'identity' },
  })
  expect(plain.headers.get('etag')).toBe(`${etag.slice(0, -1)}-identity"`)
  expect(['content-encoding', 'vary'].map((name) => plain.headers.get(name))).toEqual([
    null,
    'accept-encoding',
  ])
  expect(first.headers.get('content-encoding')).toBe('gzip')
  expect(await plain.json()).toEqual(await first.json())
  // Another key sees other operations.
  expect((await ask(hub.admin.key)).status).toBe(200)
  await hub.attach(owner.accountId, 'etag-spoke', [
    {
      namespace: 'etag',
      name: 'new',
      version: '1.0.0',
      type: 'query',
      description: 'Offered after the document was read.',
      inputSchema: { type: 'object' },
      outputSchema: {},
      accessControl: { requiredScopes: [] },
      handler: () => null,
    },
  ])
  await expect.poll(async () => (await ask(owner.key)).status, { timeout: 10_000 }).toBe(200)
  expect(await (await ask(owner.key)).text()).toContain('/api/operations/etag.new')
})
