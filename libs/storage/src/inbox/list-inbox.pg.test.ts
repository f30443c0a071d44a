import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { askApproval } from '../approvals/ask-approval.ts'
import { openDatabase } from '../database/open-database.ts'
import { raiseFinding, resolveFindings, pruneFindings } from '../findings/findings.ts'
import { createAccount } from '../identity/accounts.ts'
import { createApiKey } from '../identity/api-keys.ts'
import { acceptQueuedCalls } from '../queue/accept-queued-calls.ts'
import { ensureProject } from '../projects/projects.ts'
import { claimCalls } from '../queue/test-claim.ts'
import { settleQueuedCall } from '../queue/end-queued-calls.ts'
import { listInbox, sessionsOfInbox } from './list-inbox.ts'

test('the inbox shows open approvals, open findings and dead letters in one order, page by page', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const people = await Promise.all(
    [0, 1].map((n) => createAccount(db, { email: `inbox-${n}@example.org` })),
  )
  const [accountId, otherId] = people.map(({ id }) => id) as [string, string]
  const key = await createApiKey(db, { ownerId: accountId, keyHash: 'h', start: 'alk_' } as never)
  for (const owner of [accountId, otherId]) {
    await askApproval(db, {
      kind: 'question',
      subject: { type: 'test', id: 's' },
      question: 'May I?',
      accountId: owner,
    })
    await raiseFinding(db, {
      kind: 'schedule-paused',
      severity: 'high',
      subject: { type: 'schedule', id: owner },
      accountId: owner,
      summary: 'It was paused.',
    })
  }
  const caller = { accountId, keyId: key.id, scopes: [], resources: {} }
  const call = {
    id: uuidv7(),
    operationName: 'q.pay',
    input: '{}',
    retry: 'never' as const,
    maxAttempts: 1,
    backoffMs: 0,
    timeoutMs: 1000,
    delayMs: 0,
    expiresAfterMs: 60_000,
    priority: 0,
    depth: 0,
  }
  await acceptQueuedCalls(db, caller, [call], { isSameInput: () => true })
  const claims = await claimCalls(db, {
    workerInstanceId: 'w',
    leaseMs: 1000,
    limit: 1,
    maxPerAccount: 1,
    maxPerOperation: 1,
  })
  await settleQueuedCall(db, must(claims[0]), {
    status: 'failed',
    error: { code: 'PROVIDER_LOST', message: 'Gone.' },
    ran: 'unknown',
  })
  await sql`update approvals set created_at = now() - interval '1 minute'`
  await sql`update detections set created_at = now() - interval '2 minutes'`
  const viewer = { accountId, orgIds: [] }
  const seen: string[] = []
  let cursor: string | undefined
  do {
    // oxlint-disable-next-line no-await-in-loop -- page after page
    const page = await listInbox(db, { viewer, limit: 1, ...(cursor !== undefined && { cursor }) })
    seen.push(
      ...page.items.map(({ kind, detail, defaultDecision }) =>
        [kind, detail, defaultDecision].filter((part) => part !== null).join(' '),
      ),
    )
    cursor = page.nextCursor
  } while (cursor !== undefined)
  expect(seen).toEqual([
    'dead-letter PROVIDER_LOST',
    'approval question deny',
    'finding schedule-paused',
  ])
  const kinds = async (...wanted: string[]) =>
    (await listInbox(db, { viewer, kinds: wanted })).items.map(({ kind }) => kind)
  expect(await kinds('finding', 'dead-letter')).toEqual(['dead-letter', 'finding'])
  // A session of the account sees what is about itself.
  const sessionId = uuidv7()
  const ofSession = { ...viewer, sessionId }
  expect((await listInbox(db, { viewer: ofSession })).items).toEqual([])
  await raiseFinding(db, {
    kind: 'tool-call-unknown',
    severity: 'medium',
    subject: { type: 'session', id: sessionId },
    accountId,
    summary: 'It may have run.',
  })
  const own = await listInbox(db, { viewer: ofSession })
  expect(own.items).toMatchObject([{ kind: 'finding', subjectId: sessionId }])
  await expect(listInbox(db, { viewer, cursor: 'nonsense' })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
})

test('a finding that is raised again counts, a resolved one leaves the inbox and is deleted later', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const { id: accountId } = await createAccount(db, { email: 'findings@example.org' })
  const subject = { type: 'schedule', id: uuidv7() }
  const raise = () =>
    raiseFinding(db, {
      kind: 'schedule-paused',
      severity: 'high',
      subject,
      accountId,
      summary: 'It was paused.',
    })
  const first = await raise()
  expect(await raise()).toMatchObject({ id: first.id, occurrences: 2 })
  expect(await resolveFindings(db, subject)).toBe(1)
  expect((await listInbox(db, { viewer: { accountId, orgIds: [] } })).items).toEqual([])
  expect((await raise()).id).not.toBe(first.id)
  await sql`update detections set resolved_at = now() - interval '91 days' where id = ${first.id}`
  expect(await pruneFindings(db, 90 * 86_400_000, 10)).toBe(1)
})

test('keys that soon expire and failed checks of the hub are listed for those who may see them', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const { id: accountId } = await createAccount(db, { email: 'keys@example.org' })
  const { id: otherId } = await createAccount(db, { email: 'other@example.org' })
  const key = async (name: string, made: string, ends: string, more: object = {}) => {
    const values = { ownerId: accountId, keyHash: uuidv7(), name, ...more }
    const { id } = await createApiKey(db, values)
    await sql`update api_keys set created_at = now() - ${made}::interval, expires_at = now() + ${ends}::interval where id = ${id}`
    return id
  }
  const soon = await key('soon', '90 days', '6 days')
  await key('later', '90 days', '8 days')
  const short = await key('short', '23 hours', '1 hour')
  await key('new', '1 hour', '23 hours')
  await key('over', '2 days', '-1 hour')
  await key('log-in', '11 hours', '1 hour', { tags: ['console'] })
  await key('off', '90 days', '1 day', { enabled: false })
  await key('of another', '90 days', '1 day', { ownerId: otherId })
  await raiseFinding(db, {
    kind: 'failed-health',
    severity: 'high',
    subject: { type: 'health-check', id: 'mcp' },
    accountId: null,
    summary: 'mcp: No instance of it takes calls.',
  })
  const listed = async (more: object) =>
    (await listInbox(db, { viewer: { accountId, orgIds: [], ...more } })).items
  expect((await listed({ keys: true })).map(({ id }) => id).toSorted()).toEqual(
    [soon, short].toSorted(),
  )
  expect(await listed({ system: true })).toMatchObject([
    { kind: 'health', subjectId: 'mcp', title: 'mcp: No instance of it takes calls.' },
  ])
  const viewer = { accountId, orgIds: [], keys: true, system: true }
  const first = await listInbox(db, { viewer, limit: 1 })
  const second = await listInbox(db, { viewer, limit: 2, cursor: first.nextCursor ?? '' })
  expect([...first.items, ...second.items]).toHaveLength(3)
  expect(await listed({})).toEqual([])
  expect(await listed({ keys: true, system: true, sessionId: uuidv7() })).toEqual([])
})

test('by urgency the nearest deadline comes first, then the least slack, then what waits longest, page by page', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const { id: accountId } = await createAccount(db, { email: 'urgent@example.org' })
  const { id: projectId } = await ensureProject(db, { slug: 'urgent', ownerId: accountId })
  const session = async (): Promise<string> => {
    const id = uuidv7()
    await sql`insert into sessions ${sql({ id, project_id: projectId, account_id: accountId, slug: id, title: 'x', status: 'idle' })}`
    return id
  }
  const [critical, loose, without] = [await session(), await session(), await session()]
  const ask = async (question: string, deadline: string, sessionId?: string): Promise<void> => {
    await askApproval(db, {
      kind: 'question',
      subject: { type: 'test', id: question },
      question,
      accountId,
      ...(sessionId !== undefined && { sessionId }),
    })
    await sql`update approvals set deadline = ${deadline} where question = ${question}`
  }
  const find = async (summary: string, age: string, sessionId?: string): Promise<void> => {
    await raiseFinding(db, {
      kind: 'schedule-paused',
      severity: 'high',
      subject: { type: 'schedule', id: summary },
      accountId,
      summary,
    })
    await sql`
      update detections set created_at = now() - ${age}::interval, session_id = ${sessionId ?? null}
      where summary = ${summary}`
  }
  await find('old', '3 hours', without)
  await find('older', '4 hours')
  await find('loose', '1 hour', loose)
  await find('critical', '1 minute', critical)
  await ask('tomorrow', '2100-01-02T00:00:00Z')
  await ask('today, loose', '2100-01-01T00:00:00Z', loose)
  await ask('today, critical', '2100-01-01T00:00:00Z', critical)
  await raiseFinding(db, {
    kind: 'failed-health',
    severity: 'high',
    subject: { type: 'health-check', id: 'mcp' },
    accountId: null,
    summary: 'health',
  })
  const viewer = { accountId, orgIds: [], system: true }
  const slack = new Map([
    [critical, 0],
    [loose, 0.1 + 0.2],
  ])
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const from = cursor === undefined ? {} : { cursor }
    // oxlint-disable-next-line no-await-in-loop -- page after page
    const page = await listInbox(db, { viewer, slack, limit: 1, ...from })
    seen.push(...page.items.map(({ title }) => title))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  expect(seen).toEqual([
    'today, critical',
    'today, loose',
    'tomorrow',
    'critical',
    'loose',
    'older',
    'old',
    'health',
  ])
  expect((await sessionsOfInbox(db, { viewer })).toSorted()).toEqual(
    [critical, loose, without].toSorted(),
  )
  expect(await sessionsOfInbox(db, { viewer, kinds: ['health'] })).toEqual([])
  // A cursor of the one order is none of the other.
  const { nextCursor = '' } = await listInbox(db, { viewer, limit: 1 })
  await expect(listInbox(db, { viewer, slack, cursor: nextCursor })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
})
