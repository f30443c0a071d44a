import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { createApiKey } from '../identity/api-keys.ts'
import { createGrant } from '../identity/grants.ts'
import { createProject } from '../projects/change-projects.ts'
import { createWorkspace } from '../projects/workspaces.ts'
import { acceptQueuedCalls } from '../queue/accept-queued-calls.ts'
import { abortQueuedCall } from '../queue/end-queued-calls.ts'
import { createWorkflowVersion } from '../workflows/templates.ts'
import {
  pruneInvitations,
  pruneMerges,
  pruneSchedules,
  pruneTaskChecks,
  pruneTaskWakeups,
} from './prune-ended.ts'
import {
  pruneBudgets,
  pruneGrants,
  pruneOperations,
  pruneWorkflowVersions,
  pruneWorkspaces,
} from './prune-unused.ts'

const DAY_MS = 86_400_000

let postgres: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database

beforeAll(async () => {
  postgres = await createTestDatabase()
  database = await openDatabase(postgres.url)
})
afterAll(async () => {
  await database.close()
  await postgres[Symbol.asyncDispose]()
})

/** An account with a project, and a key. */
async function owner() {
  const { db } = database
  const name = `a-${uuidv7()}`
  const { id: accountId } = await createAccount(db, { email: `${name}@example.org` })
  const { id: projectId } = await createProject(db, { name, slug: name, ownerId: accountId })
  const { id: keyId } = await createApiKey(db, { ownerId: accountId, keyHash: uuidv7() })
  return { accountId, projectId, keyId }
}

/** A session of the project, with a workspace and a grant if given. */
async function session(
  projectId: string,
  more: { readonly workspace_id?: string; readonly grant_id?: string } = {},
): Promise<string> {
  const id = uuidv7()
  const [role] = await database.sql`select id from roles limit 1`
  await database.sql`
    insert into sessions ${database.sql({ id, project_id: projectId, slug: `s-${id}`, role_id: must(role)['id'] as string, title: 't', ...more } as never)}`
  return id
}

const idsOf = async (table: string): Promise<string[]> =>
  (await database.sql`select id from ${database.sql(table)} order by id`).map((row) =>
    String(row['id']),
  )

test('grants that nothing uses are deleted after their time, the last of a tree first', async () => {
  const { db, sql } = database
  const { accountId, projectId, keyId } = await owner()
  const grant = async (more: object = {}) =>
    (await createGrant(db, { accountId, keyId, ...more })).id
  const [unused, used, parent, fresh] = [await grant(), await grant(), await grant(), await grant()]
  const child = await grant({ parentGrantId: parent })
  const sessionId = await session(projectId, { grant_id: used })
  await sql`update grants set created_at = now() - interval '31 days' where id <> ${fresh}`
  const left = async () =>
    (await idsOf('grants')).filter((id) => [unused, used, parent, fresh, child].includes(id))
  expect(await pruneGrants(db, 30 * DAY_MS, 10)).toBe(2)
  expect(await left()).toEqual([used, parent, fresh].toSorted())
  expect(await pruneGrants(db, 30 * DAY_MS, 10)).toBe(1)
  await sql`delete from sessions where id = ${sessionId}`
  expect(await pruneGrants(db, 30 * DAY_MS, 10)).toBe(1)
  expect(await left()).toEqual([fresh])
})

test('a call that has ended does not keep its grant, and one that is accepted while its grant is deleted gets a new one', async () => {
  const { db, sql } = database
  const { accountId, keyId } = await owner()
  const caller = { accountId, keyId, scopes: ['a:b'], resources: {} }
  const call = () => ({
    id: uuidv7(),
    operationName: 'a.b',
    input: '{}',
    retry: 'safe' as const,
    maxAttempts: 1,
    backoffMs: 1,
    timeoutMs: 1000,
    delayMs: 0,
    expiresAfterMs: 60_000,
    priority: 0,
    depth: 0,
  })
  const accept = async () => {
    const [accepted] = await acceptQueuedCalls(db, caller, [call()], { isSameInput: () => true })
    return must(accepted).callId
  }
  const first = await accept()
  await sql`update grants set created_at = now() - interval '31 days' where account_id = ${accountId}`
  expect(await pruneGrants(db, 30 * DAY_MS, 10)).toBe(0)
  await abortQueuedCall(db, first, 'no more')
  let second: Promise<string> | undefined
  await sql.begin(async (tx) => {
    // As the pruning does it.
    await tx`select id from grants where account_id = ${accountId} for update`
    second = accept()
    await tx`select pg_sleep(0.2)`
    await tx`delete from grants where account_id = ${accountId}`
  })
  const [row] = await sql`
    select g.account_id from queued_calls q join grants g on g.id = q.grant_id where q.id = ${(await second) ?? ''}`
  expect(row).toEqual({ account_id: accountId })
})

test('replaced versions of workflows are deleted once no run has them; the newest stays', async () => {
  const { db, sql } = database
  const { accountId, projectId } = await owner()
  const version = async (hash: string) => {
    const { version: row } = await createWorkflowVersion(db, {
      ownerId: accountId,
      projectId,
      name: 'flow',
      template: '{}',
      hash,
      steps: 0,
    })
    return row.id
  }
  const [first, second, third] = [await version('1'), await version('2'), await version('3')]
  await sql`
    insert into workflow_runs (id, template_id, template_hash, project_id, account_id) values ('run', ${first}, 'h', ${projectId}, ${accountId})`
  expect(await pruneWorkflowVersions(db, 90 * DAY_MS, 10)).toBe(0)
  await sql`update workflow_templates set created_at = now() - interval '91 days' where project_id = ${projectId}`
  expect(await pruneWorkflowVersions(db, 90 * DAY_MS, 10)).toBe(1)
  expect(await idsOf('workflow_templates')).toEqual([first, third].toSorted())
  await sql`delete from workflow_runs`
  expect(await pruneWorkflowVersions(db, 90 * DAY_MS, 10)).toBe(1)
  expect(await idsOf('workflow_templates')).toEqual([third])
  expect(second).not.toBe(third)
})

test('archived workspaces are deleted once no session has them', async () => {
  const { db, sql } = database
  const { projectId } = await owner()
  const workspace = (name: string) => createWorkspace(db, { projectId, name })
  const [active, archived, used] = [
    await workspace('active'),
    await workspace('archived'),
    await workspace('used'),
  ]
  const sessionId = await session(projectId, { workspace_id: used })
  await sql`
    update workspaces set status = 'archived', archived_at = now() - interval '181 days' where id in ${sql([archived, used])}`
  expect(await pruneWorkspaces(db, 200 * DAY_MS, 10)).toBe(0)
  expect(await pruneWorkspaces(db, 180 * DAY_MS, 10)).toBe(1)
  await sql`delete from sessions where id = ${sessionId}`
  expect(await pruneWorkspaces(db, 180 * DAY_MS, 10)).toBe(1)
  expect(await idsOf('workspaces')).toEqual([active])
})

test('invitations that ended long ago are deleted, answered or not', async () => {
  const { db, sql } = database
  const [{ accountId: inviter }, { accountId }] = [await owner(), await owner()]
  await sql.begin(async (tx) => {
    await tx`insert into organizations (id, name, owner_id) values ('org', 'org', ${inviter})`
    await tx`insert into organization_members (id, org_id, account_id, membership_level) values ('m', 'org', ${inviter}, 'owner')`
  })
  const invite = (id: string, status: string, expires: number, ended?: number) => sql`
    insert into organization_invitations (id, org_id, account_id, invited_by, status, expires_at, ended_at)
    values (${id}, 'org', ${accountId}, ${inviter}, ${status}, now() + ${expires} * interval '1 day', now() + ${ended ?? null}::int * interval '1 day')`
  await invite('accepted', 'accepted', -100, -91)
  await invite('fresh', 'declined', -100, -1)
  await invite('unanswered', 'pending', -91)
  expect(await pruneInvitations(db, 90 * DAY_MS, 1)).toBe(1)
  expect(await pruneInvitations(db, 90 * DAY_MS, 10)).toBe(1)
  expect(await idsOf('organization_invitations')).toEqual(['fresh'])
})

test('schedules that will not fire again are deleted with their firings, unless a call of them waits', async () => {
  const { db, sql } = database
  const { accountId } = await owner()
  const schedule = (id: string, status: string) => sql`
    insert into schedules (id, account_id, name, operation_name, retry, at, status, next_due_at)
    values (${id}, ${accountId}, ${id}, 'a.b', 'safe', now(), ${status}, ${status === 'active' ? new Date().toISOString() : null})`
  for (const id of ['ended', 'busy', 'fresh']) await schedule(id, 'ended')
  await schedule('active', 'active')
  await sql`insert into schedule_firings (id, schedule_id, due_at, status) values ('f', 'busy', now(), 'waiting')`
  await sql`update schedules set updated_at = now() - interval '91 days' where id <> 'fresh'`
  expect(await pruneSchedules(db, 90 * DAY_MS, 10)).toBe(1)
  expect(await idsOf('schedules')).toEqual(['active', 'busy', 'fresh'])
  await sql`update schedule_firings set status = 'queued', call_id = 'gone'`
  expect(await pruneSchedules(db, 90 * DAY_MS, 10)).toBe(1)
  expect(await idsOf('schedule_firings')).toEqual([])
})

test('old runs of checks are deleted but the latest of a task, and notes about ready tasks once they were taken', async () => {
  const { db, sql } = database
  const { projectId } = await owner()
  await sql`insert into tasks (id, project_id, slug, name) values ('one', ${projectId}, 'one', 'One'), ('two', ${projectId}, 'two', 'Two')`
  const check = (id: string, run: string) => sql`
    insert into task_checks (id, task_id, run_id, idx, name, command, timeout_ms, status, ended_at)
    values (${id}, 'one', ${run}, ${Number(id)}, 'c', 'true', 1000, 'passed', now() - interval '91 days')`
  await check('1', 'first')
  await check('2', 'last')
  await check('3', 'last')
  expect(await pruneTaskChecks(db, 92 * DAY_MS, 10)).toBe(0)
  expect(await pruneTaskChecks(db, 90 * DAY_MS, 10)).toBe(1)
  expect(await idsOf('task_checks')).toEqual(['2', '3'])
  await sql`
    insert into task_wakeups (task_id, completed_task_id, completion, delivered_at)
    values ('two', 'one', 1, now() - interval '8 days'), ('two', 'one', 2, null), ('two', 'one', 3, now())`
  expect(await pruneTaskWakeups(db, 7 * DAY_MS, 10)).toBe(1)
  expect(
    (await sql`select completion from task_wakeups order by 1`).map((row) => row['completion']),
  ).toEqual([2, 3])
})

test('ended merges of no session are deleted', async () => {
  const { db, sql } = database
  const { projectId } = await owner()
  const sessionId = await session(projectId)
  const merge = (id: string, ended: boolean, of: string | null) => sql`
    insert into merge_queue (id, project_id, common_dir_id, target_branch, branch, session_id, status, ended_at)
    values (${id}, ${projectId}, 'd', 'main', ${id}, ${of}, ${ended ? 'merged' : 'queued'}, ${ended ? '2026-01-01T00:00:00Z' : null})`
  await merge('ended', true, null)
  await merge('open', false, null)
  await merge('of-session', true, sessionId)
  expect(await pruneMerges(db, DAY_MS, 10)).toBe(1)
  expect(await idsOf('merge_queue')).toEqual(['of-session', 'open'])
})

test('definitions that nothing has registered and closed budgets of deleted sessions are deleted', async () => {
  const { db, sql } = database
  const operation = (id: string, service: string | null) => sql`
    insert into operations (id, namespace, name, version, type, description, input_schema, output_schema, access_control, service)
    values (${id}, 'dev.gone.fs', ${id}, '1.0.0', 'query', '', 'true', 'true', '{"requiredScopes":[]}', ${service})`
  await operation('unregistered', null)
  await operation('fresh', null)
  await operation('of-service', 'gateway')
  await sql`update operations set updated_at = now() - interval '181 days' where id <> 'fresh'`
  expect(await pruneOperations(db, 180 * DAY_MS, 10)).toBe(1)
  expect(await idsOf('operations')).toEqual(
    expect.arrayContaining(['__removed__', 'fresh', 'of-service']),
  )
  const { projectId } = await owner()
  const sessionId = await session(projectId)
  const budget = (id: string, subject: string, parent: string | null, closed: boolean) => sql`
    insert into budgets (id, subject_type, subject_id, unit, period, limit_amount, parent_id, closed_at)
    values (${id}, 'session', ${subject}, 'tokens', 'total', 10, ${parent}, ${closed ? '2025-01-01T00:00:00Z' : null})`
  await budget('above', 'deleted-1', null, true)
  await budget('below', 'deleted-2', 'above', true)
  await budget('open', 'deleted-3', null, false)
  await budget('kept', sessionId, null, true)
  expect(await pruneBudgets(db, 90 * DAY_MS, 10)).toBe(1)
  expect(await pruneBudgets(db, 90 * DAY_MS, 10)).toBe(1)
  expect(await idsOf('budgets')).toEqual(['kept', 'open'])
})
