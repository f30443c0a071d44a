import { uuidv7 } from '@alkdev/std'
import { insertCallRecords } from '@alkdev/storage'
import { acceptQueuedCalls } from '@alkdev/storage/queue'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call as callOver } from '../http.ts'
import type { Answer } from '../http.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import type { PlainFrame } from '../plain-socket.ts'
import { startTortureStack } from '../torture/stack.ts'
import type { Replica, TortureStack } from '../torture/stack.ts'

interface Started {
  readonly n: number
  readonly key: unknown
  answer(data: unknown): void
}

let stack: TortureStack
let owner: Replica
let spoke: PlainSocket
const started: Started[] = []
const aborted: string[] = []
const requestIds = new Map<number, string>()

const call = (operationId: string, input: object): Promise<Answer> =>
  callOver({ gateway: stack.gateway.url }, { key: stack.key }, operationId, input)

beforeAll(async () => {
  stack = await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 4000 })
  owner = await stack.add('coordinator')
  spoke = await PlainSocket.open(stack.brokers[0]?.url ?? '', stack.key)
  spoke.socket.on('message', (data: Buffer) => {
    const { type, id, payload } = JSON.parse(data.toString()) as PlainFrame
    if (type === 'call.aborted') aborted.push(id)
    if (type !== 'call.requested') return
    requestIds.set(payload.input.n, id)
    started.push({
      n: payload.input.n,
      key: payload.idempotencyKey,
      answer: (answer) => spoke.send('call.responded', id, { output: { data: answer } }),
    })
  })
  await register(
    spoke,
    'worker',
    (['never', 'keyed', 'scoped'] as const).map((name) => ({
      namespace: 't',
      name,
      version: '1.0.0',
      type: 'mutation',
      description: 'An operation of the test.',
      inputSchema: { type: 'object' },
      outputSchema: {},
      accessControl: { requiredScopes: name === 'scoped' ? ['t:use'] : [] },
      retry: name === 'keyed' ? 'keyed' : 'never',
    })),
  )
  await vi.waitUntil(async () => (await enqueue('never', 0)).status === 200, { timeout: 30_000 })
  ;(await startOf(0)).answer('ready')
}, 120_000)
afterAll(async () => {
  await spoke?.[Symbol.asyncDispose]()
  await stack?.[Symbol.asyncDispose]()
})

const enqueue = (name: string, n: number): Promise<Answer> =>
  call('calls.enqueue', { operationId: `t.${name}`, input: { n }, timeoutMs: 60_000 })

const startsOf = (n: number): Started[] => started.filter((one) => one.n === n)

/** The call at the spoke, once it has started. */
async function startOf(n: number): Promise<Started> {
  await vi.waitUntil(() => startsOf(n).length > 0, { timeout: 20_000 })
  const [first] = startsOf(n)
  if (first === undefined) throw new Error('unreachable')
  return first
}

/** Queues a call that the only coordinator runs, and adds another coordinator. */
async function running(name: string, n: number): Promise<{ callId: string; next: Replica }> {
  const { callId } = (await enqueue(name, n)).body.data
  await startOf(n)
  return { callId, next: await stack.add('coordinator') }
}

/** The call when it has ended; as often asked as it takes while a coordinator is unavailable. */
async function end(callId: string): Promise<Answer['body']> {
  return vi.waitFor(
    async () => {
      const { body } = await call('calls.await', { callId, timeoutMs: 5000 })
      expect(['completed', 'failed', 'aborted']).toContain(body.data?.status)
      return body.data
    },
    { timeout: 60_000, interval: 100 },
  )
}

test('a call whose coordinator is killed goes on at the spoke, and the next coordinator stores its answer or aborts it', async () => {
  const toAbort = (await enqueue('never', 4)).body.data.callId
  await startOf(4)
  const { callId, next } = await running('never', 1)
  await owner.machine.kill()
  owner = next
  await vi.waitUntil(
    async () => (await call('calls.abort', { callId: toAbort, reason: 'enough' })).status === 200,
    { timeout: 20_000 },
  )
  ;(await startOf(1)).answer('first')
  expect(await end(callId)).toMatchObject({
    status: 'completed',
    attempts: 1,
    output: { data: 'first' },
  })
  expect(startsOf(1)).toHaveLength(1)
  await vi.waitUntil(() => aborted.splice(0).includes(requestIds.get(4) ?? ''), { timeout: 20_000 })
  expect(await end(toAbort)).toMatchObject({
    status: 'aborted',
    error: { code: 'ABORTED', message: 'enough' },
  })
}, 90_000)

test('a coordinator that was frozen while its call ended changes nothing when it goes on', async () => {
  const { callId, next } = await running('never', 2)
  owner.machine.freeze()
  ;(await startOf(2)).answer('second')
  expect(await end(callId)).toMatchObject({ status: 'completed', output: { data: 'second' } })
  const former = owner
  owner.machine.thaw()
  await vi.waitUntil(async () => (await fetch(`${former.url}/readyz`)).ok, { timeout: 20_000 })
  owner = next
  await former.machine.stop()
  expect(await end(callId)).toMatchObject({ attempts: 1, output: { data: 'second' } })
  expect(startsOf(2)).toHaveLength(1)
}, 90_000)

test('a coordinator that stops hands over what still runs, and it is not started again', async () => {
  const { callId, next } = await running('never', 3)
  await owner.machine.stop()
  owner = next
  expect(startsOf(3)).toHaveLength(1)
  expect(aborted).toEqual([])
  ;(await startOf(3)).answer('third')
  expect(await end(callId)).toMatchObject({ attempts: 1, output: { data: 'third' } })
  expect(startsOf(3)).toHaveLength(1)
}, 90_000)

test('calls of a run and of the queue that lost their rights while no coordinator watched them end at the spoke, with the reason', async () => {
  const as = async (scopes: string[]) => {
    const { keyId, key } = (await call('keys.create', { name: uuidv7(), scopes })).body.data
    const own = (operationId: string, input: object): Promise<Answer> =>
      callOver({ gateway: stack.gateway.url }, { key }, operationId, input)
    return { keyId, own }
  }
  const [revoked, narrowed] = [
    await as(['workflows:write', 'workflows:read']),
    await as(['calls:enqueue', 't:use']),
  ]
  const step = { type: 'operation', props: { name: 't.never', input: { n: 7 } }, key: 'step' }
  const template = { type: 'sequential', children: [step] }
  expect((await revoked.own('workflows.create', { name: 'lost', template })).status).toBe(200)
  const { runId } = (await revoked.own('workflows.run', { name: 'lost', input: {} })).body.data
  const queued = await narrowed.own('calls.enqueue', { operationId: 't.scoped', input: { n: 8 } })
  await Promise.all([startOf(7), startOf(8)])
  await owner.machine.kill()
  await call('keys.revoke', { keyId: revoked.keyId })
  await call('keys.update', { keyId: narrowed.keyId, scopes: ['calls:enqueue'] })
  owner = await stack.add('coordinator')
  expect(await end(queued.body.data.callId)).toMatchObject({
    status: 'failed',
    error: { code: 'ACCESS_DENIED', details: { outcome: 'unknown' } },
  })
  await vi.waitFor(
    async () =>
      expect((await call('workflows.get', { runId })).body.data.run).toMatchObject({
        status: 'failed',
        error: { code: 'UNAUTHENTICATED' },
      }),
    { timeout: 60_000, interval: 100 },
  )
  for (const n of [7, 8]) expect(aborted).toContain(requestIds.get(n))
  aborted.length = 0
}, 90_000)

test('a call whose coordinator and broker are killed is repeated with its key, or fails with an unknown outcome', async () => {
  const keyed = (await enqueue('keyed', 5)).body.data.callId
  const never = (await enqueue('never', 6)).body.data.callId
  const first = await startOf(5)
  await startOf(6)
  const next = await stack.add('coordinator')
  await owner.machine.kill()
  owner = next
  const [broker] = stack.brokers
  await broker?.machine.kill()
  expect(await end(never)).toMatchObject({
    status: 'failed',
    error: { code: 'PROVIDER_LOST', details: { outcome: 'unknown' } },
  })
  expect(startsOf(6)).toHaveLength(1)
  expect((await call('calls.get', { callId: keyed })).body.data.status).not.toBe('failed')
  expect(first.key).toBe(keyed)
}, 90_000)

test('without an answer at a provider the call log decides: what completed is not repeated', async () => {
  const { db, sql } = stack.database
  const accounts = await sql<{ accountId: string; keyId: string }[]>`
    select owner_id as "accountId", id as "keyId" from api_keys limit 1`
  const [account = { accountId: '', keyId: '' }] = accounts
  const caller = { ...account, scopes: ['*'], resources: {} }
  // As a coordinator that is gone left them: claimed, with a lease that has ended.
  const calls = ['whole', 'x'.repeat(20_000), undefined].map((output) => ({ id: uuidv7(), output }))
  const queued = calls.map(({ id }) => ({
    id,
    operationName: 't.gone',
    input: '{}',
    retry: 'never' as const,
    maxAttempts: 3,
    backoffMs: 100,
    timeoutMs: 1000,
    delayMs: 3_600_000,
    expiresAfterMs: 3_600_000,
    priority: 5,
    depth: 0,
  }))
  await acceptQueuedCalls(db, caller, queued, { isSameInput: () => true })
  for (const { id, output } of calls) {
    const attempt = uuidv7()
    if (output !== undefined)
      // oxlint-disable-next-line no-await-in-loop -- as above
      await insertCallRecords(db, [
        {
          header: {
            callId: attempt,
            operationId: 't.gone',
            input: {},
            principal: { id: account.accountId, scopes: ['*'] },
            actor: { kind: 'service', name: 'coordinator', instanceId: 'gone' },
            depth: 1,
            parentCallId: id,
          },
          status: 'completed',
          startedAtMs: Date.now(),
          endedAtMs: Date.now(),
          attempts: 1,
          output,
        },
      ])
    // oxlint-disable-next-line no-await-in-loop -- as above
    await sql`update queued_calls set status = 'running', attempts = 1, fencing_token = 1, attempt_call_id = ${attempt},
      worker_instance_id = 'gone', lease_until = now() where id = ${id}`
  }
  const [whole, cut, unknown] = await Promise.all(calls.map(({ id }) => end(id)))
  expect(whole).toMatchObject({ status: 'completed', output: { data: 'whole' } })
  expect(cut).toMatchObject({
    status: 'failed',
    error: { code: 'PROVIDER_LOST', details: { outcome: 'completed' } },
  })
  expect(unknown).toMatchObject({
    status: 'failed',
    error: { code: 'PROVIDER_LOST', details: { outcome: 'unknown' } },
  })
}, 90_000)
