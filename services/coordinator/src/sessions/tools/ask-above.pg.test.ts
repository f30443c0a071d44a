import { must, uuidv7 } from '@alkdev/std'
import {
  createAccount,
  createApiKey,
  createRole,
  ensureProject,
  getApproval,
  inTransaction,
  openDatabase,
} from '@alkdev/storage'
import { wakeUnanswered } from '@alkdev/storage/coordination'
import {
  askedSession,
  claimSessions,
  createSession,
  finishStep,
  readOpenToolCalls,
  startStep,
} from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acceptPrompt } from '../accept-prompt.ts'
import { newSessionGrant } from '../session-grants.ts'
import { TurnHold } from '../turn/turn-hold.ts'
import { turnRights } from '../turn/turn-rights.ts'
import { findAsked } from './ask-above.ts'
import { permitToolCall } from './permit-tool-call.ts'

const ASK_MS = 60_000
const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>
let owner: { id: string; keyId: string; scopes: string[] }
let projectId: string
const roles: Record<string, string> = {}

const rule = (action: string, permission: 'allow' | 'ask' | 'deny') => ({
  ...{ action, permission },
  pattern: '*',
})
const all = rule('*', 'allow')

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
  const { id } = await createAccount(opened.db, { email: `${uuidv7()}@example.com` })
  const key = await createApiKey(opened.db, { ownerId: id, keyHash: uuidv7(), scopes: ['*'] })
  owner = { id, keyId: key.id, scopes: ['*'] }
  projectId = (await ensureProject(opened.db, { slug: 'p', ownerId: id })).id
  const made = {
    open: { permissions: [all], scopes: ['*'] },
    careful: { permissions: [rule('t.once', 'ask'), all], scopes: ['*'] },
    mute: { permissions: [rule('approvals.*', 'deny'), all], scopes: ['*'] },
    weak: { permissions: [all], scopes: ['sessions:approve'] },
  }
  for (const [name, role] of Object.entries(made)) {
    const roleId = uuidv7()
    // oxlint-disable-next-line no-await-in-loop -- four
    await createRole(opened.db, { id: roleId, name: `${name}-${roleId}`, mode: 'primary', ...role })
    roles[name] = roleId
  }
})
afterAll(() => stack.disposeAsync())

const spec = {
  namespace: 't',
  name: 'once',
  type: 'mutation',
  inputSchema: {},
  accessControl: { requiredScopes: ['t:call'] },
}
const runtime = (askAboveMs = ASK_MS) =>
  ({
    db: opened.db,
    config: { sessions: { askAboveMs } },
    authenticator: {
      recheck: () => Promise.resolve({ identity: { ...owner, orgIds: [] } }),
    },
    bus: {
      lookUp: (id: string) =>
        Promise.resolve({
          spec:
            id === 't.once'
              ? spec
              : { ...spec, accessControl: { requiredScopes: ['sessions:approve'] } },
        }),
    },
  }) as never

/** Sessions one below the other; each is a role and what is different about it. */
async function tree(...levels: readonly (readonly [string, object?])[]): Promise<string[]> {
  const ids: string[] = []
  const roleChain: string[] = []
  for (const [depth, [role, more = {}]] of levels.entries()) {
    const id = uuidv7()
    roleChain.push(must(roles[role]))
    const place = { parentId: ids.at(-1), rootId: ids[0], depth, roleChain: [...roleChain] }
    // oxlint-disable-next-line no-await-in-loop -- one below the other
    await inTransaction(opened.db, async (tx) => {
      const grantId = await newSessionGrant(tx, owner)
      const shared = { accountId: owner.id, projectId, grantId, title: `Level ${depth}` }
      await createSession(tx, { id, ...shared, ...place, ...more })
    })
    ids.push(id)
  }
  return ids
}

const call = { operationId: 't.once', input: { a: 1 } }
const asked = async (belowId: string, ms?: number): Promise<string | undefined> =>
  (await findAsked({ runtime: runtime(ms) }, belowId, call))?.sessionId

test('the nearest session above is asked whose own rules and rights allow the call', async () => {
  const [top, middle, below] = await tree(['open'], ['careful'], ['careful'])
  expect(await asked(must(below))).toBe(top)
  expect(await asked(must(middle))).toBe(top)
  expect(await asked(must(top))).toBeUndefined()
  expect(await asked(must(below), 0)).toBeUndefined()
})

test('a session above is skipped that has ended, has no turns, lacks a scope, has lost its grant, or may not answer', async () => {
  const without = [
    ['open', { status: 'done' }],
    ['open', { status: 'aborted' }],
    ['open', { mode: 'external' }],
    ['open', { grantId: null }],
    ['weak'],
    ['mute'],
  ] as const
  for (const skipped of without) {
    // oxlint-disable no-await-in-loop -- one after the other
    const [top, , below] = await tree(['open'], skipped, ['careful'])
    expect([skipped, await asked(must(below))]).toEqual([skipped, top])
    const [, alone] = await tree(skipped, ['careful'])
    expect([skipped, await asked(must(alone))]).toEqual([skipped, undefined])
    // oxlint-enable no-await-in-loop
  }
})

/** A turn below two sessions that could answer, with one planned call that its role asks about. */
async function asking() {
  const { db } = opened
  const ids = await tree(['open'], ['open'], ['careful'])
  const [top, middle, below] = ids as [string, string, string]
  await inTransaction(db, (tx) => acceptPrompt(tx, owner, below, { text: 'Do it.' }))
  const claims = await claimSessions(db, {
    workerInstanceId: uuidv7(),
    leaseMs: 60_000,
    limit: 100,
    maxPerAccount: 1000,
  })
  const events: string[] = []
  const options = {
    runtime: runtime(),
    claim: must(claims.find(({ id }) => id === below)),
    isHeld: () => true,
    onWritten: () => undefined,
    onAsked: (_: object, event = 'asked') => void events.push(event),
    onFired: (sessionIds: readonly string[]) => void events.push(...sessionIds),
    onWithdrawn: () => undefined,
  }
  const hold = new TurnHold(options)
  await hold.open()
  const { session, turn } = hold
  const planned = { id: uuidv7(), modelCallId: 'c', toolName: 'call', operationName: 't.once' }
  const attempt = { sessionId: below, turnId: turn.id, step: 1, model: 'm', callId: uuidv7() }
  const { step } = hold.stored(await startStep(db, options.claim, attempt))
  const result = {
    parts: [{ type: 'tool-call' as const, data: { toolCallId: planned.id } }],
    toolCalls: [{ ...planned, retry: 'never' as const, input: '{"a":1}' }],
  }
  hold.stored(await finishStep(db, options.claim, step, result, 0))
  const read = async () => must((await readOpenToolCalls(db, turn.id))[0])
  const look = async () => {
    const rights = await turnRights(options.runtime, below, turn.grantId, session.roleChain)
    const place = { session, orgId: null, turnId: turn.id }
    const row = await read()
    return permitToolCall({ ...options, ...place }, row, spec as never, { a: 1 }, rights)
  }
  const askedOf = async () => (await getApproval(db, must((await read()).approvalId)))?.askedOf
  const messages = async (sessionId: string) =>
    opened.sql`select sender_session_id, mode from messages where session_id = ${sessionId}`
  return { ...{ top, middle, below }, ...{ hold, events, look, read, askedOf, messages } }
}

test('the question goes to one session after the other when their time is over, and then to persons', async () => {
  const { top, middle, below, events, look, read, askedOf, messages } = await asking()
  expect(await look()).toEqual({ kind: 'waiting' })
  expect(await askedOf()).toEqual([`session:${middle}`])
  expect(await messages(middle)).toEqual([{ sender_session_id: below, mode: 'queue' }])
  // Nothing is done twice.
  expect(await look()).toEqual({ kind: 'waiting' })
  expect([(await messages(middle)).length, events]).toEqual([1, ['asked', middle]])

  const isOver = () =>
    opened.sql`update tool_calls set metadata = jsonb_set(metadata, '{asked,until}', '1') where session_id = ${below}`
  await isOver()
  expect(await look()).toEqual({ kind: 'waiting' })
  expect(await askedOf()).toEqual([`session:${top}`])
  expect(await messages(top)).toHaveLength(1)
  await isOver()
  expect(await look()).toEqual({ kind: 'waiting' })
  expect([await askedOf(), askedSession(await read())]).toEqual([[], undefined])
  expect(events).toEqual(['asked', middle, 'raised', top, 'raised'])
  // It stays there.
  expect(await look()).toEqual({ kind: 'waiting' })
  expect(events).toHaveLength(5)
})

test('a session whose turn ended without an answer, or that has ended, is asked no more', async () => {
  const { top, middle, look, askedOf } = await asking()
  await look()
  await opened.sql`update sessions set status = 'idle' where id = ${middle}`
  await look()
  expect(await askedOf()).toEqual([`session:${top}`])
  await opened.sql`update sessions set status = 'done' where id = ${top}`
  await look()
  expect(await askedOf()).toEqual([])
})

test('a turn that waits for a session above looks again when its time is over, or when that session works no more', async () => {
  const { middle, below, hold, look, read } = await asking()
  await look()
  await hold.refresh()
  expect(await hold.park('tools', hold.session.wakeSeq, [await read()])).toBe('waiting')
  const [parked] = await opened.sql`
    select extract(epoch from wake_at - now())::float8 as seconds, waiting_on from sessions where id = ${below}`
  expect(parked).toMatchObject({ waiting_on: 'approval' })
  expect(Math.abs(Number(parked?.['seconds']) - ASK_MS / 1000)).toBeLessThan(30)
  // A message waits for it: it will have a turn.
  expect(await wakeUnanswered(opened.db)).toEqual([])
  await opened.sql`update sessions set status = 'idle' where id = ${middle}`
  expect(await wakeUnanswered(opened.db)).toEqual([below])
  expect(await wakeUnanswered(opened.db)).toEqual([])
})
