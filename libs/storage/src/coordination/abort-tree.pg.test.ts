import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { askApproval } from '../approvals/ask-approval.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import type { Db } from '../database/types.ts'
import { createAccount } from '../identity/accounts.ts'
import { ensureProject } from '../projects/projects.ts'
import { claimSessions } from '../sessions/claim-sessions.ts'
import { inTurn } from '../sessions/in-turn.ts'
import { addMessage, readOpenToolCalls } from '../sessions/messages.ts'
import { changeSession, createSession, getSession } from '../sessions/sessions.ts'
import { beginTurn, parkTurn, TURN_SUBJECT } from '../sessions/turn-lifecycle.ts'
import { finishStep, startStep } from '../sessions/turn-steps.ts'
import { abortTree, acknowledgeStops, readReceipts } from './abort-tree.ts'
import { createMapping } from './mappings.ts'

const stack = new AsyncDisposableStack()
let opened: Database
let accountId: string
let projectId: string

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 4 }))
  accountId = (await createAccount(opened.db, { email: `${uuidv7()}@example.com` })).id
  projectId = (await ensureProject(opened.db, { slug: 'p', ownerId: accountId })).id
})
afterAll(() => stack.disposeAsync())

const newSession = (db: Db, more: object = {}) =>
  createSession(db, { accountId, projectId, grantId: null as never, title: 'One', ...more })

const say = (db: Db, sessionId: string, more: object) =>
  addMessage(
    db,
    sessionId,
    {
      role: 'user',
      delivery: 'accepted',
      parts: [{ type: 'text', data: { text: 'x' } }],
      ...more,
    } as never,
    false,
  )

/** A session whose turn has a step that runs, or waits with a call for an approval; a message that comes too late, and one that waits for the next turn. */
async function working(rootId: string, isParked: boolean): Promise<string> {
  const { db } = opened
  const { id } = await newSession(db, { parentId: rootId, rootId, depth: 1 })
  await createMapping(db, {
    sessionId: id,
    parentSessionId: rootId,
    spawnerId: accountId,
    task: 'x',
  })
  await say(db, id, { mode: 'queue' })
  await changeSession(db, id, { status: 'queued', wakeAt: new Date(0) })
  const claims = await claimSessions(db, {
    ...{ workerInstanceId: 'one', leaseMs: 60_000, limit: 100, maxPerAccount: 1000 },
  })
  const held = must(claims.find((one) => one.id === id))
  const begun = await inTurn(db, held, beginTurn)
  const turn = must(begun.kind === 'lost' ? undefined : begun.value)
  const attempt = { sessionId: id, turnId: turn.id, step: 1, model: 'm', callId: uuidv7() }
  const started = await startStep(db, held, attempt)
  const { step } = must(started.kind === 'lost' ? undefined : started.value)
  await say(db, id, { mode: 'steer', expectedTurnId: turn.id })
  await say(db, id, { mode: 'queue' })
  if (!isParked) return id
  const call = {
    ...{ id: uuidv7(), modelCallId: 'c1', toolName: 'fs_read', operationName: 'fs.read' },
    ...{ retry: 'never' as const, input: '{}' },
  }
  await finishStep(db, held, step, { parts: [], toolCalls: [call] }, 1)
  expect(await readOpenToolCalls(db, turn.id)).toHaveLength(1)
  await inTurn(db, held, async (tx, row) => {
    const { approval } = await askApproval(tx, {
      ...{ kind: 'tool', subject: { type: TURN_SUBJECT, id: turn.id }, question: 'May it?' },
      ...{ accountId, sessionId: id },
    })
    const wakeSeq = must(await getSession(tx, id)).wakeSeq
    const waits = [{ kind: 'approval' as const, ref: approval.id }]
    const park = { wakeSeq, waitingOn: 'approval' as const, waits, afterMs: 1000, workedMs: 1 }
    expect(await parkTurn(tx, row, turn.id, park)).toBe(true)
  })
  return id
}

/** Ends a tree; gives how many statements that took. */
async function abort(sessionId: string): Promise<{ abortId: string; statements: number }> {
  const abortId = uuidv7()
  const statements = await inTransaction(opened.db, async (tx) => {
    const { session } = tx as unknown as { session: { prepareQuery: () => unknown } }
    const prepared = vi.spyOn(session, 'prepareQuery')
    await abortTree(tx, { abortId, sessionId, accountId, reason: 'Enough.' })
    return prepared.mock.calls.length
  })
  return { abortId, statements }
}

test('R18: the abort of a tree takes as many statements for many sessions as for few, and ends each of them in the same way', async () => {
  const counts: number[] = []
  for (const pairs of [1, 6]) {
    // oxlint-disable no-await-in-loop -- one tree after the other
    const { id: rootId } = await newSession(opened.db)
    const ids: string[] = []
    for (let at = 0; at < pairs; at += 1) {
      ids.push(await working(rootId, false))
      ids.push(await working(rootId, true))
    }
    const { abortId, statements } = await abort(rootId)
    counts.push(statements)
    for (const [at, id] of ids.entries()) {
      const isParked = at % 2 === 1
      const session = must(await getSession(opened.db, id))
      expect(session).toMatchObject({
        ...{ status: 'aborted', endReason: 'parent-abort', turnId: null, workerInstanceId: null },
        ...{ waitingOn: null, wakeAt: null, stopReason: 'Enough.' },
      })
      const events = await opened.db.execute<{ type: string; seq: number }>(sql`
        select type, seq::int as seq from session_events where session_id = ${id} order by seq`)
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
      expect(events.at(-1)?.seq).toBe(session.eventSeq)
      expect(events.map(({ type }) => type).slice(-6)).toEqual([
        isParked ? 'tool.changed' : 'step.reset',
        'message.refused',
        'turn.ended',
        'session.changed',
        'message.refused',
        'session.changed',
      ])
      const rows = await opened.db.execute(sql`
        select (select array_agg(distinct status::text) from turns where session_id = ${id}) as turns,
          (select array_agg(distinct coalesce(refusal, delivery::text)) from messages where session_id = ${id} and role = 'user') as messages,
          (select array_agg(distinct status::text) from tool_calls where session_id = ${id}) as calls,
          (select count(*)::int from turn_waits where session_id = ${id}) as waits,
          (select array_agg(distinct status::text) from approvals where session_id = ${id}) as approvals,
          (select array_agg(distinct status::text) from mappings where session_id = ${id}) as mappings`)
      expect(rows[0]).toEqual({
        turns: ['ended'],
        messages: ['aborted', 'delivered', 'turn-over'],
        calls: isParked ? ['cancelled'] : null,
        waits: 0,
        approvals: isParked ? ['withdrawn'] : null,
        mappings: ['aborted'],
      })
    }
    const atWork = ids.filter((_, at) => at % 2 === 0)
    await acknowledgeStops(opened.db, atWork, 'another')
    const open = async () =>
      (await readReceipts(opened.db, abortId)).filter(({ stoppedAt }) => stoppedAt === null).length
    expect(await open()).toBe(pairs)
    await acknowledgeStops(opened.db, atWork, 'one')
    expect(await open()).toBe(0)
    // oxlint-enable no-await-in-loop
  }
  expect(counts[1]).toBe(counts[0])
})
