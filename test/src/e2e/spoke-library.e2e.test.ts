import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { attachSpoke, HubConnection, mutation, query, subscription } from '@alkdev/spoke'
import type { Spoke, SpokeContext, SpokeOptions } from '@alkdev/spoke'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { CuttableLink } from '../cuttable-link.ts'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'

let hub: TestStack
let spokeKey: TestKey
const heartbeatMs = 200
const none = Type.Object({})
const Text = Type.Object({ text: Type.String() })
const say = query(
  { id: 'echo.say', description: 'Echoes.', input: Text, output: Text },
  ({ text }) => ({ text }),
)

beforeAll(async () => {
  hub = await startTestStack({ spokes: { heartbeatMs } })
  spokeKey = await hub.createKey(['spokes:attach'], hub.admin.accountId)
})
afterAll(() => hub?.[Symbol.asyncDispose]())

/** A handler that the test holds in its hands. */
function held(resumable: boolean) {
  const started = Promise.withResolvers<SpokeContext>()
  const release = Promise.withResolvers<{ text: string }>()
  let starts = 0
  const operation = mutation(
    { id: 'work.hold', description: 'Waits.', input: none, output: Text, resumable },
    (_input, context) => {
      starts += 1
      started.resolve(context)
      return release.promise
    },
  )
  return { operation, started: started.promise, release: release.resolve, starts: () => starts }
}

interface Linked extends AsyncDisposable {
  readonly spoke: Spoke
  readonly link: CuttableLink
  /** Resolves at the n-th attach. */
  attached(count: number): Promise<void>
}

async function linked(
  name: string,
  operations: SpokeOptions['operations'],
  thread: 'main' | 'worker',
): Promise<Linked> {
  const link = await CuttableLink.to(hub.broker)
  let attaches = 0
  const spoke = attachSpoke({
    hub: link.url,
    key: spokeKey.key,
    name,
    thread,
    operations,
    onAttached: () => (attaches += 1),
  })
  await spoke.attached()
  return {
    spoke,
    link,
    attached: (count) =>
      vi.waitFor(() => expect(attaches).toBeGreaterThanOrEqual(count), { timeout: 10_000 }),
    async [Symbol.asyncDispose]() {
      await spoke.stop({ timeoutMs: 100 })
      await link[Symbol.asyncDispose]()
    },
  }
}

for (const thread of ['worker', 'main'] as const) {
  test(`(${thread}) a resumable call runs on while its socket is cut, and its answer arrives once (row 12)`, async () => {
    const work = held(true)
    await using one = await linked(`cut-${thread}`, [work.operation], thread)
    const answer = call(hub, hub.admin, `client.cut-${thread}.work.hold`, {})
    const { signal } = await work.started
    one.link.cut()
    await one.attached(2)
    work.release({ text: 'after the cut' })
    expect((await answer).body).toMatchObject({ data: { text: 'after the cut' } })
    expect(work.starts()).toBe(1)
    expect(signal.aborted).toBe(false)
  })

  test(`(${thread}) an answer that the network swallowed is given again after the reconnect (row 12)`, async () => {
    const work = held(true)
    await using one = await linked(`swallowed-${thread}`, [work.operation], thread)
    const answer = call(hub, hub.admin, `client.swallowed-${thread}.work.hold`, {})
    await work.started
    one.link.swallow()
    work.release({ text: 'sent into nothing' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    one.link.cut()
    expect((await answer).body).toMatchObject({ data: { text: 'sent into nothing' } })
    expect(work.starts()).toBe(1)
  })

  test(`(${thread}) an answer that came while there was no hub is given when there is one again`, async () => {
    const work = held(true)
    await using one = await linked(`away-${thread}`, [work.operation], thread)
    const answer = call(hub, hub.admin, `client.away-${thread}.work.hold`, {})
    await work.started
    one.link.cut({ refuse: true })
    work.release({ text: 'meanwhile' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    one.link.repair()
    expect((await answer).body).toMatchObject({ data: { text: 'meanwhile' } })
  })
}

test('a call that is not resumable ends as lost, its handler is aborted, and the spoke returns', async () => {
  const work = held(false)
  await using one = await linked('lost', [work.operation], 'worker')
  const answer = call(hub, hub.admin, 'client.lost.work.hold', {})
  const { signal } = await work.started
  one.link.cut()
  expect((await answer).body).toMatchObject({
    code: 'PROVIDER_LOST',
    details: { outcome: 'unknown' },
  })
  await one.attached(2)
  expect(signal.aborted).toBe(true)
})

test('a network that dies without a word is noticed by the spoke within its heartbeats', async () => {
  await using one = await linked('silent', [held(true).operation], 'worker')
  one.link.swallow()
  // The hub closes with 4408 when no pong arrives; that is all it takes.
  await vi.waitFor(() => expect(one.spoke.isAttached).toBe(false), { timeout: 10_000 })
  one.link.cut()
  await one.attached(2)
})

test.each(['worker', 'main'] as const)(
  'thread %s: calls around a handler that blocks the main thread for ten heartbeats (row 14)',
  async (thread) => {
    const file = fileURLToPath(new URL('fixtures/blocking-spoke.ts', import.meta.url))
    const child = spawn(process.execPath, [file, hub.broker, spokeKey.key, thread], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const blocking = call(hub, hub.admin, `client.blocking-${thread}.cpu.block`, {
      ms: heartbeatMs * 10,
    })
    await new Promise((resolve) => setTimeout(resolve, heartbeatMs * 8))
    // Given while it blocks: it waits for the thread, not for another spoke.
    const ping = call(hub, hub.admin, `client.blocking-${thread}.cpu.ping`, {})
    const [blocked, pinged] = await Promise.all([blocking, ping])
    expect([blocked.body.code ?? 'answered', pinged.body.code ?? 'answered']).toEqual(
      thread === 'worker' ? ['answered', 'answered'] : ['PROVIDER_LOST', 'PROVIDER_UNAVAILABLE'],
    )
    child.kill('SIGTERM')
    await once(child, 'exit')
  },
)

test('a spoke whose main thread is blocked is listed as not responding until the thread turns again', async () => {
  const file = fileURLToPath(new URL('fixtures/blocking-spoke.ts', import.meta.url))
  const child = spawn(process.execPath, [file, hub.broker, spokeKey.key, 'worker'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const listed = async (): Promise<{ status: string; unresponsiveSince?: string }> => {
    const { body } = await call(hub, hub.admin, 'spokes.get', { name: 'blocking-worker' })
    return body.data as { status: string; unresponsiveSince?: string }
  }
  expect(await listed()).not.toHaveProperty('unresponsiveSince')
  const blocking = call(hub, hub.admin, 'client.blocking-worker.cpu.block', { ms: 12_000 })
  await vi.waitFor(
    async () =>
      expect(await listed()).toMatchObject({
        status: 'connected',
        unresponsiveSince: expect.stringMatching(/Z$/),
      }),
    { timeout: 20_000, interval: 100 },
  )
  expect((await blocking).body.code ?? 'answered').toBe('answered')
  await vi.waitFor(async () => expect(await listed()).not.toHaveProperty('unresponsiveSince'), {
    timeout: 20_000,
    interval: 100,
  })
  child.kill('SIGTERM')
  await once(child, 'exit')
}, 90_000)

test('stop finishes what is in flight and refuses what is new', async () => {
  const work = held(false)
  const spoke = attachSpoke({
    hub: hub.broker,
    key: spokeKey.key,
    name: 'stopping',
    operations: [work.operation, say],
  })
  await spoke.attached()
  const answer = call(hub, hub.admin, 'client.stopping.work.hold', {})
  await work.started
  const stopped = spoke.stop()
  await vi.waitFor(async () => {
    const late = await call(hub, hub.admin, 'client.stopping.echo.say', { text: '' })
    expect(late.body.code).toBe('PROVIDER_UNAVAILABLE')
  })
  work.release({ text: 'finished' })
  expect((await answer).body).toMatchObject({ data: { text: 'finished' } })
  await stopped
  await spoke.ended
  expect(work.starts()).toBe(1)
})

test('an answer that is too large is an error for its caller, and the spoke stays attached', async () => {
  const large = query(
    {
      id: 'big.answer',
      description: 'Returns the given number of characters.',
      input: Type.Object({ length: Type.Integer() }),
      output: Type.String(),
    },
    ({ length }) => 'x'.repeat(length),
  )
  await using one = await linked('large', [large], 'worker')
  const id = 'client.large.big.answer'
  expect((await call(hub, hub.admin, id, { length: 2_000_000 })).body.code).toBe(
    'PAYLOAD_TOO_LARGE',
  )
  expect((await call(hub, hub.admin, id, { length: 1_000_000 })).body.data).toHaveLength(1_000_000)
  expect(one.spoke.isAttached).toBe(true)
})

test('a key that is revoked ends the spoke with UNAUTHENTICATED', async () => {
  const mine = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  const spoke = attachSpoke({
    hub: hub.broker,
    key: mine.key,
    name: 'revoked',
    operations: [held(false).operation],
  })
  await spoke.attached()
  await call(hub, hub.admin, 'keys.revoke', { keyId: mine.keyId })
  await expect(spoke.ended).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('a second process of the same name takes over, and the first one stays away', async () => {
  const options = { hub: hub.broker, key: spokeKey.key, name: 'twin' }
  const first = attachSpoke({ ...options, operations: [held(false).operation] })
  await first.attached()
  await using second = attachSpoke({ ...options, operations: [held(false).operation] })
  await second.attached()
  await expect(first.ended).rejects.toMatchObject({
    code: 'CONFLICT',
    details: { reason: 'taken-over' },
  })
  expect(second.isAttached).toBe(true)
  await call(hub, hub.admin, 'spokes.disconnect', { name: 'twin' })
  await expect(second.ended).rejects.toMatchObject({
    code: 'CONFLICT',
    details: { reason: 'disconnected' },
  })
})

test('the first example of the library attaches, is called, and stops with SIGTERM', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spoke-example-'))
  const keyFile = join(folder, 'spoke.key')
  await writeFile(keyFile, `${spokeKey.key}\n`, { mode: 0o600 })
  const file = fileURLToPath(new URL('../../../libs/spoke/examples/attach.ts', import.meta.url))
  const child = spawn(process.execPath, [file], {
    cwd: folder,
    env: { ...process.env, ALKHUB_HUB: hub.gateway },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await vi.waitFor(() => expect(output).toBe('Attached as shouter: client.shouter.text.shout.\n'), {
    timeout: 10_000,
  })
  const answer = await call(hub, hub.admin, 'client.shouter.text.shout', { text: 'hello' })
  expect(answer.body).toMatchObject({ data: { text: 'HELLO!' } })
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(output).toContain('Stopped.')
  await rm(folder, { recursive: true })
})

test('nested calls and streams carry the caller’s rights through the thread', async () => {
  const both = ['spokes:attach', 'hub:*']
  const { key } = await hub.createKey(both, hub.admin.accountId)
  const items = subscription(
    { id: 'work.items', description: 'Items.', input: none, output: Type.Integer() },
    async function* () {
      for (let n = 1; n <= 100; n++) yield n
    },
  )
  const sum = query(
    { id: 'work.sum', description: 'Reads a stream.', input: none, output: Type.Integer() },
    async (_input, context) => {
      let total = 0
      for await (const n of context.subscribe<number>('client.nester.work.items')) total += n
      return total
    },
  )
  await using spoke = attachSpoke({
    hub: hub.broker,
    key,
    name: 'nester',
    operations: [items, sum],
  })
  await spoke.attached()
  await using client = await HubConnection.open({ hub: hub.gateway, key: hub.admin.key })
  expect(await client.call('client.nester.work.sum')).toBe(5050)
})

test('a broker that stops hands its spokes over: what is in flight is answered, nothing new fails', async () => {
  await using own = await startTestStack()
  const { key } = await own.createKey(['spokes:attach'], own.admin.accountId)
  const work = held(false)
  const attaches: number[] = []
  await using spoke = attachSpoke({
    hub: own.gateway,
    key,
    name: 'mover',
    operations: [work.operation, say],
    onAttached: () => void attaches.push(performance.now()),
  })
  await spoke.attached()
  await own.addBroker()
  const slow = call(own, own.admin, 'client.mover.work.hold', {})
  await work.started
  const stopped = own.stopBroker()
  const codes = new Set<unknown>()
  while (attaches.length < 2) {
    const { status, body } = await call(own, own.admin, 'client.mover.echo.say', { text: 'x' })
    codes.add(status === 200 ? 200 : body.code)
  }
  for (let n = 0; n < 20; n++)
    codes.add((await call(own, own.admin, 'client.mover.echo.say', { text: 'x' })).status)
  work.release({ text: 'old socket' })
  expect((await slow).body).toMatchObject({ data: { text: 'old socket' } })
  await stopped
  expect([...codes]).toEqual([200])
})
