import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { ensureProject } from '../projects/projects.ts'

// Rules of single rows that the database enforces by itself, tried with plain SQL.

const stack = new AsyncDisposableStack()
let sql: Database['sql']
let accountId: string
let projectId: string

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  const database = stack.use(await openDatabase(postgres.url))
  ;({ sql } = database)
  accountId = (await createAccount(database.db, { email: 'owner@example.com' })).id
  projectId = (await ensureProject(database.db, { ownerId: accountId, slug: 'p' })).id
})
afterAll(() => stack.disposeAsync())

const refusedBy = (constraint: string) => ({ code: '23514', constraint_name: constraint })

async function spoke(name: string): Promise<string> {
  const id = uuidv7()
  await sql`
    insert into spokes (id, name, spoke_type, status, owner_id, instance_id)
    values (${id}, ${name}, 'client', 'connected', ${accountId}, 'instance')`
  return id
}

async function client(name: string): Promise<string> {
  const id = uuidv7()
  await sql`
    insert into clients (id, name, type, config, owner_id)
    values (${id}, ${name}, 'custom', '{}', ${accountId})`
  return id
}

test('a spoke can be neither connected without an instance nor disconnected without a time', async () => {
  const id = await spoke('one')
  const rule = refusedBy('chk_spokes_status')
  await expect(sql`update spokes set instance_id = null where id = ${id}`).rejects.toMatchObject(
    rule,
  )
  await expect(
    sql`update spokes set status = 'disconnected', instance_id = null where id = ${id}`,
  ).rejects.toMatchObject(rule)
  await expect(
    sql`update spokes set disconnected_at = now() where id = ${id}`,
  ).rejects.toMatchObject(rule)
})

test('registrations go with their spoke or client, and with no other', async () => {
  const operationId = uuidv7()
  await sql`
    insert into operations (id, namespace, name, version, type, description, input_schema, output_schema, access_control)
    values (${operationId}, 'client.two', 'x', '1.0.0', 'query', 'x', '{}', '{}', '{}')`
  const gone = await spoke('two')
  const stays = await spoke('three')
  const outside = await client('outside')
  const providers = [
    ['spoke', gone],
    ['spoke', stays],
    ['client', outside],
  ] as const
  for (const [type, id] of providers)
    await sql`
      insert into operation_registrations (id, operation_id, provider_type, provider_id, pre_remap_namespace, pre_remap_name)
      values (${uuidv7()}, ${operationId}, ${type}, ${id}, 'a', 'x')`
  await sql`delete from spokes where id = ${gone}`
  await sql`delete from clients where id = ${outside}`
  const left = await sql<{ provider_id: string }[]>`
    select provider_id from operation_registrations where operation_id = ${operationId}`
  expect(left.map((row) => row.provider_id)).toEqual([stays])
})

test('a secret has all fields of an encrypted value, and its key version beside it', async () => {
  const clientId = await client('secretive')
  const store = (value: object, version: number) => sql`
    insert into client_secrets (id, client_id, secret_key, value, key_version)
    values (${uuidv7()}, ${clientId}, ${uuidv7()}, ${JSON.stringify(value)}::text::jsonb, ${version})`
  const value = { keyVersion: 1, salt: 's', iv: 'i', data: 'd' }
  const rule = refusedBy('chk_client_secrets_value')
  await store(value, 1)
  await expect(store(value, 2)).rejects.toMatchObject(rule)
  for (const field of ['keyVersion', 'salt', 'iv', 'data'])
    await expect(store({ ...value, [field]: undefined }, 1)).rejects.toMatchObject(rule)
})

test('events of a workflow run cannot be changed', async () => {
  const templateId = uuidv7()
  const runId = uuidv7()
  await sql`
    insert into workflow_templates (id, owner_id, project_id, name, version, template, hash, steps)
    values (${templateId}, ${accountId}, ${projectId}, 'w', 1, '{}', 'h', 1)`
  await sql`
    insert into workflow_runs (id, template_id, template_hash, account_id, project_id)
    values (${runId}, ${templateId}, 'h', ${accountId}, ${projectId})`
  await sql`
    insert into workflow_run_events (run_id, seq, type, data) values (${runId}, 1, 'run.started', '{}')`
  await expect(
    sql`update workflow_run_events set data = '{"changed":true}' where run_id = ${runId}`,
  ).rejects.toMatchObject(refusedBy('rule_workflow_run_events_append_only'))
})

test('a session has one active mapping', async () => {
  const sessionId = uuidv7()
  await sql`
    insert into sessions (id, project_id, account_id, slug, title)
    values (${sessionId}, ${projectId}, ${accountId}, ${sessionId}, 'x')`
  const map = (status: string) => sql`
    insert into mappings (id, session_id, status, ended_at)
    values (${uuidv7()}, ${sessionId}, ${status}, ${status === 'active' ? null : '2026-01-01T00:00:00Z'})`
  await map('active')
  await map('completed')
  await expect(map('active')).rejects.toMatchObject({
    code: '23505',
    constraint_name: 'unq_mappings_session_id_active',
  })
})

test('a task that is claimed has one holder, and only the claim of an account ends by a time', async () => {
  const taskId = uuidv7()
  await sql`
    insert into tasks (id, project_id, slug, name) values (${taskId}, ${projectId}, ${taskId}, 'x')`
  const claim = (columns: Record<string, string>) => sql`
    insert into task_claims ${sql({ task_id: taskId, ...columns })}`
  const expires = { account_id: accountId, expires_at: '2026-01-01T00:00:00Z' }
  await expect(claim({})).rejects.toMatchObject(refusedBy('chk_task_claims_holder'))
  await expect(claim({ account_id: accountId })).rejects.toMatchObject(
    refusedBy('chk_task_claims_expiry'),
  )
  await claim(expires)
  await expect(claim(expires)).rejects.toMatchObject({ code: '23505' })
  await sql`update task_claims set released_at = now(), account_id = null where task_id = ${taskId}`
})

test('of a target branch one merge runs at a time, and a branch waits once', async () => {
  const merge = (branch: string, status: string) => sql`
    insert into merge_queue ${sql({
      id: uuidv7(),
      project_id: projectId,
      common_dir_id: 'dir',
      target_branch: 'main',
      branch,
      status,
      ...(status === 'running' && { worker_instance_id: 'i', lease_until: '2026-01-01T00:00:00Z' }),
    })}`
  await merge('one', 'running')
  await merge('two', 'queued')
  await expect(merge('three', 'running')).rejects.toMatchObject({
    constraint_name: 'unq_merge_queue_running',
  })
  await expect(merge('two', 'queued')).rejects.toMatchObject({
    constraint_name: 'unq_merge_queue_open',
  })
})

test('a session in a seeded role may report to who spawned it', async () => {
  const roles = await sql<{ name: string }[]>`
    select name from roles where permissions @> '[{"action": "coord.notify", "permission": "allow"}]'
      or permissions @> '[{"action": "coord.*", "permission": "allow"}]'`
  expect(roles).toHaveLength(8)
})
