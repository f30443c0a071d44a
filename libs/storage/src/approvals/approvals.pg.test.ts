import { CodedError } from '@alkdev/errors'
import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../database/in-transaction.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { createOrganization } from '../identity/organizations.ts'
import { ensureProject } from '../projects/projects.ts'
import type { ApprovalRow } from '../schema/approvals/approvals.ts'
import { createSession } from '../sessions/sessions.ts'
import { askApproval } from './ask-approval.ts'
import type { AskApproval } from './ask-approval.ts'
import {
  answerApproval,
  expireApproval,
  findOverdueApprovals,
  withdrawApprovals,
} from './end-approval.ts'
import type { OnApprovalEnd } from './end-approval.ts'
import { getApproval, listApprovals, pruneApprovals } from './read-approvals.ts'

let postgres: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database
let accountId: string

beforeAll(async () => {
  postgres = await createTestDatabase()
  database = await openDatabase(postgres.url)
})
afterAll(async () => {
  await database.close()
  await postgres[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await database.sql`delete from approvals`
  accountId = (await createAccount(database.db, { email: `${uuidv7()}@example.org` })).id
})

const ask = async (given: Partial<AskApproval> = {}): Promise<ApprovalRow> => {
  const asked: AskApproval = {
    kind: 'question',
    subject: { type: 'test', id: 's' },
    question: 'May I?',
    accountId,
    ...given,
  }
  return (await askApproval(database.db, asked)).approval
}
const unchecked = { check: async () => {} }
const nothing: OnApprovalEnd = async () => {}
const allow = (id: string, onEnd: OnApprovalEnd = nothing) =>
  answerApproval(
    database.db,
    id,
    { decision: 'allow', answer: 'Yes.', accountId },
    { ...unchecked, onEnd },
  )
const overdue = (id: string) =>
  database.sql`update approvals set deadline = now() - interval '1 second' where id = ${id}`

test('asking with an id twice gives one approval, and a rolled back question leaves none', async () => {
  const id = uuidv7()
  const again = { id, kind: 'step', subject: { type: 'run', id: 'r' }, question: 'Go on?' } as const
  expect(await askApproval(database.db, { ...again, accountId })).toMatchObject({ known: false })
  expect(await askApproval(database.db, { ...again, accountId })).toMatchObject({
    known: true,
    approval: { id, status: 'open', defaultDecision: 'deny' },
  })
  const failed = inTransaction(database.db, async (tx) => {
    await askApproval(tx, { ...again, id: uuidv7(), accountId })
    throw new CodedError('CONFLICT', 'rolled back')
  })
  await expect(failed).rejects.toThrow('rolled back')
  expect(await database.sql`select id from approvals`).toHaveLength(1)
})

test('of many answers at the same moment one counts, and the hook runs once', async () => {
  const { id } = await ask()
  let woken = 0
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      allow(id, async () => {
        woken += 1
      }),
    ),
  )
  expect(answers.map((one) => one?.outcome ?? '').toSorted((a, b) => a.localeCompare(b))).toEqual([
    'answered',
    ...Array.from({ length: 7 }, () => 'ended'),
  ])
  expect(woken).toBe(1)
  expect(await getApproval(database.db, id)).toMatchObject({
    status: 'answered',
    decision: 'allow',
    answer: 'Yes.',
    scope: 'once',
    answeredBy: accountId,
  })
})

test('the hook and the answer commit together, and what the hook gives runs after the commit', async () => {
  const { id } = await ask()
  await expect(
    allow(id, () => Promise.reject(new CodedError('CONFLICT', 'not now'))),
  ).rejects.toThrow('not now')
  expect(await getApproval(database.db, id)).toMatchObject({ status: 'open' })
  const states: (string | undefined)[] = []
  await allow(id, async (tx) => {
    states.push((await getApproval(database.db, id))?.status)
    await tx.execute('select 1')
    return () => states.push('after')
  })
  expect(states).toEqual(['open', 'after'])
})

test('of answers that two persons give at once one counts, and the other person gets that one', async () => {
  const colleague = await createAccount(database.db, { email: `${uuidv7()}@example.org` })
  for (let round = 0; round < 10; round += 1) {
    const { id } = await ask()
    const ended: string[] = []
    const onEnd: OnApprovalEnd = async (_tx, { answeredBy }) => void ended.push(answeredBy ?? '')
    const answers = [
      { decision: 'allow', accountId },
      { decision: 'deny', accountId: colleague.id },
    ] as const
    const outcomes = await Promise.all(
      answers.map((one) => answerApproval(database.db, id, one, { ...unchecked, onEnd })),
    )
    const stored = await getApproval(database.db, id)
    expect(new Set(outcomes.map((one) => one?.outcome))).toEqual(new Set(['answered', 'ended']))
    for (const one of outcomes) expect(one?.approval.decision).toBe(stored?.decision)
    expect(ended).toEqual([stored?.answeredBy])
  }
})

test('a refused answer leaves the approval open', async () => {
  const { id } = await ask()
  const refused = answerApproval(
    database.db,
    id,
    { decision: 'allow', accountId },
    { check: () => Promise.reject(new CodedError('CONFLICT', 'not yours')), onEnd: nothing },
  )
  await expect(refused).rejects.toThrow('not yours')
  expect(await getApproval(database.db, id)).toMatchObject({ status: 'open' })
  expect(await allow(uuidv7())).toBeUndefined()
})

test('after its deadline an approval gets its default, by an answer or by the sweep, once', async () => {
  const [late, swept] = [await ask(), await ask({ defaultDecision: 'allow' })]
  await overdue(late.id)
  await overdue(swept.id)
  const ends: string[] = []
  const onEnd: OnApprovalEnd = async (_tx, { id, decision }) => {
    ends.push(`${id} ${decision}`)
  }
  expect(await allow(late.id, onEnd)).toMatchObject({
    outcome: 'ended',
    expiredNow: true,
    approval: { status: 'expired', decision: 'deny', answeredBy: null },
  })
  expect(await findOverdueApprovals(database.db, 10)).toEqual([swept.id])
  expect(await expireApproval(database.db, swept.id, onEnd)).toMatchObject({ decision: 'allow' })
  expect(await expireApproval(database.db, swept.id, onEnd)).toBeUndefined()
  expect(ends).toEqual([`${late.id} deny`, `${swept.id} allow`])
  const open = await ask()
  expect(await expireApproval(database.db, open.id, onEnd)).toBeUndefined()
})

test('withdrawing ends the open approvals of the subject alone', async () => {
  const subject = { type: 'run', id: uuidv7() }
  const [mine, done, other] = [await ask({ subject }), await ask({ subject }), await ask()]
  await allow(done.id)
  expect((await withdrawApprovals(database.db, subject)).map(({ id }) => id)).toEqual([mine.id])
  expect(await allow(mine.id)).toMatchObject({ approval: { status: 'withdrawn', decision: null } })
  expect(await getApproval(database.db, other.id)).toMatchObject({ status: 'open' })
})

test('a list shows what is of the account, asked of it, or of its organizations, page by page', async () => {
  const other = (await createAccount(database.db, { email: `${uuidv7()}@example.org` })).id
  const org = await createOrganization(database.db, { name: `o-${uuidv7()}`, ownerId: accountId })
  const own = await ask()
  const asked = await ask({ accountId: other, askedOf: [`account:${accountId}`] })
  const shared = await ask({ accountId: other, orgId: org.id })
  await ask({ accountId: other })
  const list = (orgIds: string[], limit: number, cursor?: string) =>
    listApprovals(database.db, {
      viewer: { accountId, orgIds },
      limit,
      ...(cursor !== undefined && { cursor }),
    })
  const first = await list([org.id], 2)
  expect(first.items.map(({ id }) => id)).toEqual([shared.id, asked.id])
  expect((await list([org.id], 2, first.nextCursor)).items.map(({ id }) => id)).toEqual([own.id])
  expect((await list([], 9)).items.map(({ id }) => id)).toEqual([asked.id, own.id])
  // The organizations of a key may be old: membership counts now.
  const viewer = { accountId: other, orgIds: [org.id] }
  const seen = (await listApprovals(database.db, { viewer })).items.map(({ id }) => id)
  expect(seen).not.toContain(own.id)
  // Asked of one who is no member of the organization any more, and of one who is.
  const askedOf = [`account:${other}`, `account:${accountId}`]
  const left = await ask({ orgId: org.id, accountId: null as never, askedOf })
  const idsOf = async (id: string) =>
    (await listApprovals(database.db, { viewer: { accountId: id, orgIds: [] } })).items.map(
      (one) => one.id,
    )
  expect(await idsOf(other)).not.toContain(left.id)
  expect(await idsOf(accountId)).toContain(left.id)
})

test('a list for a session shows its own approvals and those asked of it alone', async () => {
  const project = await ensureProject(database.db, { slug: uuidv7(), ownerId: accountId })
  const session = { accountId, projectId: project.id, grantId: null as never, title: 'A session' }
  const { id: sessionId } = await createSession(database.db, session)
  await ask()
  const own = await ask({ sessionId })
  const asked = await ask({ askedOf: [`session:${sessionId}`] })
  const viewer = { accountId, orgIds: [], sessionId }
  const seen = (await listApprovals(database.db, { viewer })).items.map(({ id }) => id)
  expect(seen).toEqual([asked.id, own.id])
})

test('approvals that ended long ago are deleted, open ones never', async () => {
  const [ended, open] = [await ask(), await ask()]
  await allow(ended.id)
  await database.sql`update approvals set ended_at = now() - interval '31 days' where id = ${ended.id}`
  await database.sql`update approvals set created_at = now() - interval '40 days'`
  expect(await pruneApprovals(database.db, 30 * 86_400_000, 10)).toBe(1)
  expect(await getApproval(database.db, open.id)).toBeDefined()
})

test('an answer is kept as long as the run that asked has not ended', async () => {
  const { db, sql } = database
  const [runId, templateId] = [uuidv7(), uuidv7()]
  const { id: projectId } = await ensureProject(db, { slug: 'p', ownerId: accountId })
  await sql`
    insert into workflow_templates (id, owner_id, project_id, name, version, template, hash, steps)
    values (${templateId}, ${accountId}, ${projectId}, 'w', 1, '{}', 'h', 1)`
  await sql`
    insert into workflow_runs (id, template_id, template_hash, project_id, account_id)
    values (${runId}, ${templateId}, 'h', ${projectId}, ${accountId})`
  const { id } = await ask({ kind: 'step', subject: { type: 'workflow-run', id: runId } })
  await allow(id)
  await sql`update approvals set ended_at = now() - interval '31 days' where id = ${id}`
  expect(await pruneApprovals(db, 1000, 10)).toBe(0)
  await sql`update workflow_runs set status = 'completed', ended_at = now() where id = ${runId}`
  expect(await pruneApprovals(db, 1000, 10)).toBe(1)
})
