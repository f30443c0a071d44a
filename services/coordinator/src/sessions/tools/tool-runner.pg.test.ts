import { must, uuidv7 } from '@alkdev/std'
import {
  createAccount,
  createApiKey,
  ensureProject,
  inTransaction,
  openDatabase,
} from '@alkdev/storage'
import {
  claimSessions,
  createSession,
  finishStep,
  readTurnToolCalls,
  startStep,
} from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { acceptPrompt } from '../accept-prompt.ts'
import { newSessionGrant } from '../session-grants.ts'
import { TurnHold } from '../turn/turn-hold.ts'
import { ToolRunner } from './tool-runner.ts'

const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
  // The first end of a tool call is cut off, as by a restart of the database. A sequence goes on when a transaction is rolled back.
  await opened.sql.unsafe(`
    create sequence ends;
    create function cut_off() returns trigger language plpgsql as $$
    begin
      if nextval('ends') = 1 then raise exception 'terminating connection' using errcode = '57P01'; end if;
      return new;
    end $$;
    create trigger cut_off before update on tool_calls for each row
      when (new.ended_at is not null and old.ended_at is null) execute function cut_off();`)
})
beforeEach(async () => {
  await opened.sql`select setval('ends', 1, false)`
})
afterAll(() => stack.disposeAsync())

/** A turn with one planned call that must not be repeated. */
async function plannedCall() {
  const { db } = opened
  const { id: ownerId } = await createAccount(db, { email: `${uuidv7()}@example.com` })
  const key = await createApiKey(db, { ownerId, keyHash: uuidv7(), scopes: ['*'] })
  const owner = { id: ownerId, keyId: key.id, scopes: ['*'] }
  const { id: projectId } = await ensureProject(db, { slug: 'p', ownerId })
  const sessionId = uuidv7()
  await inTransaction(db, async (tx) => {
    const grantId = await newSessionGrant(tx, owner)
    await createSession(tx, { id: sessionId, accountId: ownerId, projectId, grantId, title: 'x' })
    await acceptPrompt(tx, owner, sessionId, { text: 'Do it.' })
  })
  const claims = await claimSessions(db, {
    workerInstanceId: 'one',
    leaseMs: 60_000,
    limit: 100,
    maxPerAccount: 1000,
  })
  const known = new Map<string, object>()
  const spec = { namespace: 't', name: 'once', type: 'mutation' }
  const runtime = {
    db,
    config: { limits: { maxCallTimeoutMs: 60_000 } },
    live: { watch: () => () => undefined },
    bus: {
      lookUp: () => Promise.resolve({ spec }),
      call(_id: string, _input: unknown, { callId }: { callId: string }) {
        const envelope = { data: { done: true } }
        known.set(callId, { kind: 'answer', envelope })
        return Promise.resolve({ envelope })
      },
      collect: (callId: string) => Promise.resolve(known.get(callId)),
      directory: { get: () => ({ spec }) },
      mayContinue: () => true,
    },
  } as never
  const options = {
    runtime,
    claim: must(claims.find(({ id }) => id === sessionId)),
    isHeld: () => true,
    onWritten: () => undefined,
    onAsked: () => undefined,
    onFired: () => undefined,
  }
  const hold = new TurnHold({ ...options, onWithdrawn: () => undefined })
  await hold.open()
  const { session, turn } = hold
  const call = { id: uuidv7(), modelCallId: 'c', toolName: 'call', operationName: 't.once' }
  const attempt = { sessionId, turnId: turn.id, step: 1, model: 'm', callId: uuidv7() }
  const { step } = hold.stored(await startStep(db, options.claim, attempt))
  hold.stored(
    await finishStep(
      db,
      options.claim,
      step,
      {
        parts: [{ type: 'tool-call', data: { toolCallId: call.id } }],
        toolCalls: [{ ...call, retry: 'never', input: '{}' }],
      },
      0,
    ),
  )
  const rights = {
    identity: owner,
    granted: owner,
    stored: owner,
    grantId: 'g',
    holders: [],
  } as never
  const runner = new ToolRunner({
    ...options,
    session,
    orgId: null,
    turnId: turn.id,
    boundTo: { place: undefined, role: { unbound: false } },
    timeoutMs: 60_000,
    attachmentOf: () => Promise.resolve(undefined),
    rightsNow: () => Promise.resolve(rights),
  })
  const read = async () => must((await readTurnToolCalls(db, turn.id))[0])
  const run = async () =>
    runner.run(await read(), rights, new AbortController().signal, () => false)
  return { run, read, known }
}

test('a call whose end the database does not take has not failed: its answer is collected, and it is not made again', async () => {
  const { run, read, known } = await plannedCall()
  await expect(run()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(await read()).toMatchObject({ status: 'dispatched', error: null })
  expect(await run()).toBe('ended')
  expect(await read()).toMatchObject({ status: 'done', output: '{"done":true}', attempts: 1 })
  expect(known.size).toBe(1)
})

test('a collected answer that the database does not take is collected again', async () => {
  const { run, read, known } = await plannedCall()
  await expect(run()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await opened.sql`select setval('ends', 1, false)`
  await expect(run()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(await read()).toMatchObject({ status: 'dispatched', error: null })
  expect(await run()).toBe('ended')
  expect(await read()).toMatchObject({ status: 'done', attempts: 1 })
  expect(known.size).toBe(1)
})
