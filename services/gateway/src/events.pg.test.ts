import { serviceSpec } from '@alkdev/contracts'
import type { SessionEvent, SessionsWatchInput } from '@alkdev/contracts/agents'
import { CallError } from '@alkdev/operations'
import { ServiceRegistry } from '@alkdev/service'
import { uuidv7 } from '@alkdev/std'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { createTestGateway } from './testing/test-gateway.ts'
import type { TestGateway } from './testing/test-gateway.ts'

let hub: TestGateway

beforeAll(async () => {
  hub = await createTestGateway()
})
afterAll(() => hub[Symbol.asyncDispose]())

interface Block {
  readonly id?: string
  readonly event?: string
  readonly data: Record<string, unknown>
}

function parse(block: string): Block {
  const fields: Record<string, string> = {}
  for (const line of block.split('\n')) {
    const at = line.indexOf(': ')
    fields[line.slice(0, at)] = line.slice(at + 2)
  }
  const { id, event, data = 'null' } = fields
  return {
    ...(id && { id }),
    ...(event && { event }),
    data: JSON.parse(data) as Record<string, unknown>,
  }
}

/** An open stream whose events are collected as they arrive. */
async function open(query = '', init: { key?: string; lastId?: string } = {}) {
  const leave = new AbortController()
  onTestFinished(() => leave.abort())
  const answer = await hub.fetch(`/api/events${query}`, {
    ...(init.key && { key: init.key }),
    signal: leave.signal,
    headers: init.lastId === undefined ? {} : { 'last-event-id': init.lastId },
  })
  expect(answer.status).toBe(200)
  const blocks: Block[] = []
  const ended = (async () => {
    let rest = ''
    const text = answer.body?.pipeThrough(new TextDecoderStream())
    for await (const piece of text ?? []) {
      const parts = (rest + piece).split('\n\n')
      rest = parts.pop() ?? ''
      blocks.push(...parts.filter((part) => !part.startsWith(':')).map((part) => parse(part)))
    }
  })().catch(() => undefined)
  return { blocks, ended, leave }
}

const createKey = async (name: string): Promise<string> => {
  const answer = await hub.call('keys.create', { name, scopes: [] })
  return ((await answer.json()) as { data: { keyId: string } }).data.keyId
}

test('events arrive as they happen, each with an id from which a stream can resume', async () => {
  const stream = await open('?topics=key.*')
  const first = await createKey('first')
  await expect.poll(() => stream.blocks.length).toBe(1)
  const [seen] = stream.blocks
  expect(seen?.data).toMatchObject({
    type: 'key.created',
    id: first,
    payload: { ownerId: hub.admin.accountId },
  })
  stream.leave.abort()
  const second = await createKey('second')
  const third = await createKey('third')
  const resumed = await open('', { lastId: seen?.id ?? '' })
  await expect.poll(() => resumed.blocks.map(({ data }) => data['id'])).toEqual([second, third])
})

test('for an id that is no longer stored the stream starts with reset', async () => {
  const stream = await open('', { lastId: '1-1' })
  await expect.poll(() => stream.blocks.length).toBe(1)
  expect(stream.blocks[0]).toMatchObject({ event: 'reset' })
  await createKey('after reset')
  await expect.poll(() => stream.blocks.length).toBe(2)
})

test('topics select by type, by type and id, or by prefix', async () => {
  const keyId = await createKey('chosen')
  const byId = await open(`?topics=key.revoked:${keyId}`)
  const others = await open('?topics=spoke.*,client.deleted')
  await hub.call('keys.revoke', { keyId: await createKey('not chosen') })
  await hub.call('keys.revoke', { keyId })
  await expect.poll(() => byId.blocks.map(({ data }) => data['id'])).toEqual([keyId])
  expect(others.blocks).toEqual([])
  const wrong = await hub.fetch('/api/events?topics=*')
  expect(await wrong.json()).toMatchObject({ code: 'VALIDATION_ERROR' })
})

test('an account sees its own events, not those of others, and no types for which it lacks the scope', async () => {
  const reader = await hub.person(['keys:*'])
  const blind = await hub.person([])
  const streams = [await open('', { key: reader.key }), await open('', { key: blind.key })]
  await createKey('of the admin')
  await hub.call('keys.create', { name: 'own', scopes: [] }, { key: reader.key })
  await expect.poll(() => streams[0]?.blocks.length).toBe(1)
  expect(streams[0]?.blocks[0]?.data).toMatchObject({
    payload: { ownerId: reader.accountId, name: 'own' },
  })
  expect(streams[1]?.blocks).toEqual([])
})

test('a stream ends with its key', async () => {
  const { key, record } = await hub.keys.create({
    ownerId: hub.admin.accountId,
    scopes: ['keys:read'],
  })
  const stream = await open('', { key })
  await hub.keys.revoke(record.id)
  await stream.ended
  expect(stream.blocks.at(-1)).toMatchObject({ event: 'error', data: { code: 'UNAUTHENTICATED' } })
})

test('a draining gateway ends its event streams at once with an error', async () => {
  const gateway = await hub.startGateway()
  const answer = await fetch(`${gateway.url}/api/events`, {
    headers: { 'x-api-key': hub.admin.key },
  })
  const text = answer.text()
  await gateway.stop()
  expect(await text).toMatch(/event: error\ndata: .*draining/)
})

test('a watched session goes on after its latest position when the database of the coordinator was unreachable', async () => {
  const asked: unknown[] = []
  await hub.startService('coordinator', ({ bus, logger }) => {
    const registry = new ServiceRegistry(logger)
    registry.serve({
      ...serviceSpec('sessions.watch'),
      // oxlint-disable-next-line typescript/require-await -- a subscription
      async *handler({ after }: SessionsWatchInput): AsyncGenerator<SessionEvent, void> {
        asked.push(after)
        if (after === undefined) {
          yield { position: '1', type: 'turn.started' }
          throw new CallError('UNAVAILABLE', 'The database is restarted.')
        }
        yield { position: '2', type: 'session.ended', status: 'archived' }
      },
    })
    bus.serveService(registry)
  })
  const path = `/api/sessions/${uuidv7()}/events`
  let answer: Response | undefined
  // A new instance is known after its lease was read.
  await vi.waitUntil(async () => (answer = await hub.fetch(path)).status === 200, 60_000)
  const blocks = ((await answer?.text()) ?? '').split('\n\n').filter((block) => block !== '')
  expect(blocks.map(parse)).toMatchObject([
    { id: '1', data: { type: 'turn.started' } },
    { id: '2', data: { type: 'session.ended' } },
    { event: 'completed' },
  ])
  expect(asked).toEqual([undefined, '1'])
})
