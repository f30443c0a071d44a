import type { Identity } from '@alkdev/operations'
import { must, uuidv7 } from '@alkdev/std'
import {
  answerApproval,
  createAccount,
  createApiKey,
  ensureProject,
  inTransaction,
  openDatabase,
  raiseFinding,
  standingQuestion,
} from '@alkdev/storage'
import type { ApprovalRow } from '@alkdev/storage'
import type { DetectionRow } from '@alkdev/storage/coordination'
import { createSession, getSession } from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newSessionGrant } from '../sessions/session-grants.ts'
import { actOnFindings, changeTurn } from './act-on-findings.ts'
import type { ActingContext } from './act-on-findings.ts'

const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>
let owner: Identity
let projectId: string
let parentId: string
let sessionId: string
let turnId: string

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 2 }))
  const { id } = await createAccount(opened.db, { email: `${uuidv7()}@example.com` })
  const key = await createApiKey(opened.db, { ownerId: id, keyHash: uuidv7(), scopes: ['*'] })
  owner = { id, keyId: key.id, scopes: ['*'] }
  projectId = (await ensureProject(opened.db, { slug: 'p', ownerId: id })).id
})
afterAll(() => stack.disposeAsync())

/** A session that waits in a turn, below another one. */
beforeEach(async () => {
  const ids = await inTransaction(opened.db, async (tx) => {
    const shared = { accountId: owner.id, projectId, grantId: await newSessionGrant(tx, owner) }
    const above = await createSession(tx, { ...shared, title: 'Lead' })
    const place = { parentId: above.id, rootId: above.id, depth: 1 }
    return [above.id, (await createSession(tx, { ...shared, ...place, title: 'Worker' })).id]
  })
  parentId = must(ids[0])
  sessionId = must(ids[1])
  turnId = await beginTurn()
})

async function beginTurn(): Promise<string> {
  const id = uuidv7()
  await opened.sql`
    insert into turns (id, session_id, message_id, status, started_at) values (${id}, ${sessionId}, ${uuidv7()}, 'waiting', now())`
  await opened.sql`update sessions set turn_id = ${id}, status = 'waiting' where id = ${sessionId}`
  return id
}

const find = (kind = 'repeated-error'): Promise<DetectionRow> =>
  raiseFinding(opened.db, {
    kind,
    severity: 'medium',
    subject: { type: 'session', id: sessionId },
    accountId: owner.id,
    summary: `Found: ${kind}.`,
  })

async function act(finding: DetectionRow, action: 'tell' | 'ask' | 'pause' = 'ask') {
  const session = must(await getSession(opened.db, sessionId))
  return inTransaction(opened.db, (tx) =>
    changeTurn(tx, { finding, session, action, caller: { ...owner, keyId: must(owner.keyId) } }),
  )
}

const said = async (): Promise<string[]> => {
  const rows = await opened.sql<{ text: string }[]>`
    select p.data ->> 'text' as text from messages m join parts p on p.message_id = m.id where m.session_id = ${parentId} order by m.seq`
  return rows.map(({ text }) => must(text.split('\n')[0]))
}

const wakeSeq = async (): Promise<number> => must(await getSession(opened.db, sessionId)).wakeSeq

const question = () => standingQuestion(opened.db, { type: 'turn', id: turnId })

const answer = (approval: ApprovalRow | undefined, decision: 'allow' | 'deny') =>
  answerApproval(
    opened.db,
    must(approval).id,
    { decision, accountId: owner.id },
    { check: () => Promise.resolve(), onEnd: () => Promise.resolve() },
  )

test('a finding is asked about once, also after its answer, and the session above hears of it once', async () => {
  const finding = await find()
  expect(await question()).toBeUndefined()
  const before = await wakeSeq()
  expect(await act(finding)).toMatchObject({ isChanged: true, asked: { known: false } })
  expect(await question()).toMatchObject({
    kind: 'question',
    question: 'Found: repeated-error. May it go on? If not, its turn ends.',
    sessionId,
    accountId: owner.id,
    defaultDecision: 'deny',
  })
  expect(await act(finding)).toMatchObject({ isChanged: false, asked: { known: true } })
  await answer(await question(), 'allow')
  expect(await act(finding)).toMatchObject({ isChanged: false })
  expect(await question()).toBeUndefined()
  expect(await wakeSeq()).toBe(before + 1)
  expect(await said()).toEqual([`[The session "Worker" (${sessionId}) waits for an answer]`])
})

test('a turn with two questions waits for both, and ends with one refusal', async () => {
  await act(await find())
  await act(await find('burn-rate'))
  const first = await question()
  await answer(first, 'allow')
  const second = must(await question())
  expect([second.status, second.id === first?.id]).toEqual(['open', false])
  await act(await find('stall'))
  const third = await opened.sql<ApprovalRow[]>`
    select id from approvals where subject_id = ${turnId} order by id desc limit 1`
  await answer(third[0], 'deny')
  expect(await question()).toMatchObject({ status: 'answered', decision: 'deny' })
})

test('nothing is asked about a turn that began after the finding, nor about one that is to end', async () => {
  const finding = await find()
  turnId = await beginTurn()
  // Times are compared in milliseconds, and both may have the same one.
  await opened.sql`update turns set started_at = started_at + interval '1 second' where id = ${turnId}`
  expect(await act(finding)).toEqual({ isChanged: false, asked: undefined })
  await opened.sql`update turns set started_at = '2020-01-01' where id = ${turnId}`
  expect(await act(finding, 'pause')).toMatchObject({ isChanged: true })
  expect(await act(finding)).toEqual({ isChanged: false, asked: undefined })
  expect(await question()).toBeUndefined()
  expect(await said()).toEqual([`[The session "Worker" (${sessionId}) needs a look]`])
})

test('a session above with too many messages does not keep a turn from being stopped', async () => {
  await opened.sql`
    insert into messages (id, session_id, seq, role, mode, delivery, data)
    select gen_random_uuid(), ${parentId}, n, 'user', 'queue', 'accepted', '{}' from generate_series(1, 200) n`
  await opened.sql`update sessions set message_seq = 200 where id = ${parentId}`
  expect(await act(await find(), 'pause')).toMatchObject({ isChanged: true })
  expect((await getSession(opened.db, sessionId))?.abortRequestedAt).not.toBeNull()
})

test('a turn whose rights were revoked is stopped as well', async () => {
  await opened.sql`update sessions set grant_id = null where id = ${sessionId}`
  await find()
  const warned: unknown[] = []
  const context = {
    runtime: {
      db: opened.db,
      config: {
        sessions: { detection: { tell: [], ask: [], pause: ['repeated-error'], abort: [] } },
      },
      logger: { warn: (...line: unknown[]) => warned.push(line) },
    },
    sessions: { onChanged: () => undefined },
  } as unknown as ActingContext
  await actOnFindings(context, [sessionId])
  expect(warned).toEqual([])
  expect((await getSession(opened.db, sessionId))?.abortRequestedAt).not.toBeNull()
})
