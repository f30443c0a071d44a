import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { askApproval } from '../approvals/ask-approval.ts'
import { getApproval } from '../approvals/read-approvals.ts'
import { createAccount } from '../identity/accounts.ts'
import { deleteProject } from '../projects/change-projects.ts'
import { ensureProject } from '../projects/projects.ts'
import { claimLostRuns, claimRuns, releaseRun, renewRuns, wakeWorkflowRun } from './claim-runs.ts'
import { readRunLog } from './run-events.ts'
import { createWorkflowRun, getWorkflowRun } from './runs.ts'
import { readSignals, sendSignal } from './signals.ts'
import { createWorkflowVersion } from './templates.ts'
import { reopenRun, requestRunAbort, writeRun } from './write-run.ts'

const stack = new AsyncDisposableStack()
let database: Database
let accountId: string
let keyId: string
let projectId: string
let templateId: string

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  database = stack.use(await openDatabase(postgres.url, { max: 8 }))
  const { db, sql } = database
  accountId = (await createAccount(db, { email: 'owner@example.com' })).id
  keyId = uuidv7()
  await sql`insert into api_keys (id, owner_id, key_hash) values (${keyId}, ${accountId}, 'hash')`
  projectId = (await ensureProject(db, { ownerId: accountId, slug: 'default' })).id
  templateId = (await version('w', 'first')).id
})
afterAll(() => stack.disposeAsync())

const version = async (name: string, hash: string) =>
  (
    await createWorkflowVersion(database.db, {
      ownerId: accountId,
      projectId,
      name,
      template: '{}',
      hash,
      steps: 1,
    })
  ).version

async function started(): Promise<string> {
  const id = uuidv7()
  const caller = { accountId, keyId, scopes: [], resources: {} }
  const run = { id, templateId, templateHash: 'first', projectId, input: '{}', depth: 0 }
  await createWorkflowRun(database.db, caller, run)
  return id
}

const claim = async (worker = 'one', leaseMs = 60_000, limit = 1) =>
  claimRuns(database.db, { workerInstanceId: worker, leaseMs, limit, maxPerAccount: 100 })
const event = (n: number) => ({ type: 'call.requested', nodeKey: 'step', data: `{"n":${n}}` })
const statusOf = async (id: string) => (await getWorkflowRun(database.db, id))?.status
const endAll = () =>
  database.sql`update workflow_runs set status = 'aborted', ended_at = now(), lease_until = null, worker_instance_id = null where ended_at is null`

test('versions of a workflow have no gaps, however many are stored at the same time, and the same one stands', async () => {
  const made = await Promise.all(
    Array.from({ length: 8 }, (_, at) => version('many', `hash-${at}`)),
  )
  expect(made.map((one) => one.version).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  const newest = made.find((one) => one.version === 8)
  expect((await version('many', newest?.hash ?? '')).version).toBe(8)
})

test('a run is claimed by one process, and only the holder of the newest token writes', async () => {
  await endAll()
  const id = await started()
  const claims = (await Promise.all(['a', 'b', 'c', 'd'].map((worker) => claim(worker, 1)))).flat()
  expect(claims).toMatchObject([{ id, token: 1 }])
  const [first] = claims
  const lost = await claimLostRuns(database.db, {
    workerInstanceId: 'later',
    leaseMs: 60_000,
    limit: 5,
    except: [],
  })
  expect(lost).toEqual([{ id, token: 2, workerInstanceId: 'later' }])
  const write = { after: 0, events: [event(1)] }
  const second = must(lost[0])
  expect(await writeRun(database.db, must(first), write)).toEqual({ kind: 'lost' })
  expect(await renewRuns(database.db, claims, 1000)).toEqual([])
  expect(await writeRun(database.db, second, write)).toMatchObject({
    kind: 'written',
    seq: 1,
  })
  // The same write again, whose answer was lost.
  expect(await writeRun(database.db, second, write)).toMatchObject({ seq: 1 })
  expect((await readRunLog(database.db, id)).map(({ seq, data }) => [seq, data])).toEqual([
    [1, '{"n":1}'],
  ])
})

test('a claim of a run that a fail-over lost writes nothing, also when another process got the same token', async () => {
  await endAll()
  const id = await started()
  const lost = must((await claim('one', 1))[0])
  // As on a standby that did not receive the claim.
  await database.sql`
    update workflow_runs set status = 'pending', fencing_token = 0, worker_instance_id = null, lease_until = null, wake_at = now() where id = ${id}`
  const held = must((await claim('two', 1))[0])
  expect(held).toEqual({ ...lost, workerInstanceId: 'two' })
  const write = { after: 0, events: [event(1)] }
  expect(await renewRuns(database.db, [lost], 1000)).toEqual([])
  expect(await writeRun(database.db, lost, write)).toEqual({ kind: 'lost' })
  await releaseRun(database.db, lost)
  expect(await renewRuns(database.db, [held], 60_000)).toMatchObject([{ id, isRenewed: true }])
  expect(await writeRun(database.db, held, write)).toMatchObject({ kind: 'written', seq: 1 })
})

test('a run is released to wait only while nothing has happened that its holder has not seen', async () => {
  await endAll()
  const id = await started()
  const [held] = await claim()
  if (held === undefined) throw new Error('not claimed')
  await sendSignal(database.db, { id: uuidv7(), runId: id, name: 'go', data: '1' })
  const wait = (wakeSeq: number) => ({
    after: 0,
    events: [],
    wait: { wakeSeq, afterMs: 3_600_000 },
  })
  expect(await writeRun(database.db, held, wait(0))).toMatchObject({ kind: 'woken' })
  expect(await statusOf(id)).toBe('running')
  expect(await writeRun(database.db, held, wait(1))).toMatchObject({ kind: 'written' })
  expect(await statusOf(id)).toBe('waiting')
  expect(await claim()).toEqual([])
  expect(await wakeWorkflowRun(database.db, id)).toBe(true)
  expect(await claim()).toMatchObject([{ id, token: 2 }])
})

test('the end of a queued call makes the run due whose step it is', async () => {
  await endAll()
  const id = await started()
  const [held] = await claim()
  if (held === undefined) throw new Error('not claimed')
  const callId = uuidv7()
  const call = {
    id: callId,
    operationName: 'w.slow',
    input: '{}',
    retry: 'safe' as const,
    maxAttempts: 1,
    backoffMs: 1,
    timeoutMs: 1000,
    delayMs: 0,
    expiresAfterMs: 1000,
    priority: 0,
    depth: 0,
    metadata: { workflowRunId: id },
  }
  const caller = { accountId, keyId, scopes: [], resources: {} }
  await writeRun(database.db, held, {
    after: 0,
    events: [event(1)],
    queued: { caller, calls: [call] },
    wait: { wakeSeq: 0, afterMs: 3_600_000 },
  })
  expect(await claim()).toEqual([])
  await database.sql`update queued_calls set status = 'aborted', ended_at = now() where id = ${callId}`
  expect(await claim()).toMatchObject([{ id, token: 2 }])
})

test('a branch that is sent again is the same run, with another input for its step it is not', async () => {
  const parentRunId = await started()
  const caller = { accountId, keyId, scopes: [], resources: {} }
  const branch = {
    id: uuidv7(),
    templateId,
    templateHash: 'first',
    projectId,
    input: '{}',
    stepInputs: '{"step":{"n":1}}',
    depth: 0,
    parentRunId,
    branchStep: 'step',
  }
  const create = (stepInputs: string) =>
    createWorkflowRun(database.db, caller, { ...branch, stepInputs })
  expect(await create(branch.stepInputs)).toBe(false)
  expect(await create(branch.stepInputs)).toBe(true)
  await expect(create('{"step":{"n":2}}')).rejects.toMatchObject({ code: 'CONFLICT' })
})

test('an event is kept until a step takes it, in the transaction that logs it, and none is sent to a run that has ended', async () => {
  await endAll()
  const id = await started()
  const [held] = await claim()
  if (held === undefined) throw new Error('not claimed')
  const signal = { id: uuidv7(), runId: id, name: 'go', data: '{"a":1}' }
  await sendSignal(database.db, signal)
  await sendSignal(database.db, signal)
  const waiting = await readSignals(database.db, id, ['go', 'other'])
  expect(waiting).toEqual([{ id: signal.id, name: 'go', data: '{"a":1}' }])
  await writeRun(database.db, held, { after: 0, events: [event(1)], taken: [signal.id] })
  expect(await readSignals(database.db, id, ['go'])).toEqual([])
  // Sent again, because its answer was lost: it was taken already.
  await sendSignal(database.db, signal)
  expect(await readSignals(database.db, id, ['go'])).toEqual([])
  const other = await started()
  await expect(sendSignal(database.db, { ...signal, runId: other })).rejects.toMatchObject({
    code: 'CONFLICT',
  })
  await writeRun(database.db, held, { after: 1, events: [], end: { status: 'completed' } })
  await expect(sendSignal(database.db, { ...signal, id: uuidv7() })).rejects.toMatchObject({
    code: 'CONFLICT',
  })
})

test('an abort makes a waiting run due, and only a run that failed is opened again, once', async () => {
  await endAll()
  const id = await started()
  const [held] = await claim()
  if (held === undefined) throw new Error('not claimed')
  await writeRun(database.db, held, { after: 0, events: [], wait: { wakeSeq: 0, afterMs: 10_000 } })
  expect(await requestRunAbort(database.db, id, 'No more.')).toBe(true)
  const [again] = await claim()
  expect(again).toMatchObject({ id, token: 2 })
  const error = { code: 'X', message: 'It failed.' }
  await writeRun(database.db, again ?? held, {
    after: 0,
    events: [],
    end: { status: 'failed', error },
  })
  expect(await requestRunAbort(database.db, id, 'No more.')).toBe(false)
  expect(await requestRunAbort(database.db, uuidv7(), 'No more.')).toBeUndefined()
  const caller = { accountId, keyId, scopes: ['other:use'], resources: {} }
  const rights = { caller, depth: 2, metadata: { acting: ['a'] } }
  const events = [{ type: 'node.retried', nodeKey: null, data: '{}' }]
  const before = (await getWorkflowRun(database.db, id))?.grantId
  await reopenRun(database.db, id, { seq: 0, events, rights, asksAs: 'workflow-run' })
  await expect(
    reopenRun(database.db, id, { seq: 0, events: [], rights, asksAs: 'workflow-run' }),
  ).rejects.toMatchObject({
    code: 'CONFLICT',
  })
  const reopened = await getWorkflowRun(database.db, id)
  expect(reopened).toMatchObject({ depth: 2, metadata: { acting: ['a'] } })
  expect(reopened?.grantId).not.toBe(before)
  expect(await statusOf(id)).toBe('pending')
})

test('any number of events is written at once', async () => {
  await endAll()
  const id = await started()
  const [held] = await claim()
  if (held === undefined) throw new Error('not claimed')
  const events = Array.from({ length: 20_000 }, (_, n) => event(n))
  expect(await writeRun(database.db, held, { after: 0, events })).toMatchObject({ seq: 20_000 })
  const log = await readRunLog(database.db, id)
  expect(log.at(-1)).toMatchObject({ seq: 20_000, data: '{"n":19999}' })
})

test('runs of an account at its limit keep none of another account out, however many of them are due', async () => {
  await endAll()
  await started()
  await database.sql`
    insert into workflow_runs (id, template_id, template_hash, account_id, project_id, wake_at)
    select 'backlog-' || n, ${templateId}, 'first', ${accountId}, ${projectId}, now() - interval '1 hour'
    from generate_series(1, 1500) n`
  const other = await createAccount(database.db, { email: 'waiting@example.com' })
  const id = uuidv7()
  await database.sql`
    insert into workflow_runs (id, template_id, template_hash, account_id, project_id, wake_at)
    values (${id}, ${templateId}, 'first', ${other.id}, ${projectId}, now())`
  const claimed = async () =>
    claimRuns(database.db, {
      workerInstanceId: 'one',
      leaseMs: 60_000,
      limit: 10,
      maxPerAccount: 3,
    })
  expect(await claimed()).toHaveLength(3)
  expect((await claimed()).map((one) => one.id)).toEqual([id])
  await database.sql`delete from workflow_runs where id like 'backlog-%'`
})

test('the account with the fewest claims comes first, and none has more than its share', async () => {
  await endAll()
  const mine = await Promise.all(Array.from({ length: 4 }, started))
  const other = (await createAccount(database.db, { email: 'other@example.com' })).id
  const late = await started()
  await database.sql`update workflow_runs set account_id = ${other} where id = ${late}`
  const claimed = await claimRuns(database.db, {
    workerInstanceId: 'one',
    leaseMs: 60_000,
    limit: 10,
    maxPerAccount: 2,
  })
  expect(claimed).toHaveLength(3)
  expect(claimed.map(({ id }) => id)).toContain(late)
  expect(claimed.filter(({ id }) => mine.includes(id))).toHaveLength(2)
})

test('deleting a project withdraws the approvals that its runs ask for, and no others', async () => {
  const { db } = database
  const gone = (await ensureProject(db, { ownerId: accountId, slug: 'gone' })).id
  const made = await createWorkflowVersion(db, {
    ...{ ownerId: accountId, projectId: gone, name: 'w', template: '{}', hash: 'h', steps: 1 },
  })
  const id = uuidv7()
  const run = { id, templateId: made.version.id, templateHash: 'h', input: '{}', depth: 0 }
  const caller = { accountId, keyId, scopes: [], resources: {} }
  await createWorkflowRun(db, caller, { ...run, projectId: gone })
  const ask = async (subjectId: string) =>
    (
      await askApproval(db, {
        ...{ kind: 'step', question: 'Continue?', accountId },
        subject: { type: 'workflow-run', id: subjectId },
      })
    ).approval
  const mine = await ask(id)
  const other = await ask(await started())
  const deleted = await deleteProject(db, gone, { force: true, runsAskAs: 'workflow-run' })
  expect(deleted?.withdrawn.map((approval) => approval.id)).toEqual([mine.id])
  expect((await getApproval(db, mine.id))?.status).toBe('withdrawn')
  expect((await getApproval(db, other.id))?.status).toBe('open')
})
