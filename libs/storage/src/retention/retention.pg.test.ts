import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { createApiKey } from '../identity/api-keys.ts'
import { appendAudit } from '../identity/audit-log.ts'
import { createGrant } from '../identity/grants.ts'
import { createProject } from '../projects/change-projects.ts'
import { createWorkspace } from '../projects/workspaces.ts'
import { attachSpoke } from '../registry/attach-spoke.ts'
import { loadRegistry, loadRegistrySince } from '../registry/load-registry.ts'
import { replaceRegistrations } from '../registry/replace-registrations.ts'
import { disconnectSpoke } from '../registry/spoke-status.ts'
import { pruneAudit, pruneEndedKeys } from './prune-identity.ts'
import { pruneSpokes } from './prune-spokes.ts'
import { pruneUsage } from './prune-usage.ts'

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

test('keys that were revoked or replaced long ago, or whose log-in ended then, are deleted with their grants, and every process is notified', async () => {
  const { db, sql } = database
  const { id: ownerId } = await createAccount(db, { email: 'keys@example.org' })
  const keys = await Promise.all(
    ['live', 'expired', 'revoked', 'fresh', 'replaced', 'log-in'].map(async (name) => {
      const { id } = await createApiKey(db, { ownerId, name, keyHash: uuidv7() })
      await createGrant(db, { accountId: ownerId, keyId: id })
      return id
    }),
  )
  const [live, expired, revoked, fresh, replaced, logIn] = keys
  await sql`update api_keys set expires_at = now() - interval '100 days' where id in ${sql([expired ?? '', replaced ?? '', logIn ?? ''])}`
  await sql`update api_keys set tags = ${['console', `console-of:${live ?? ''}`]} where id = ${logIn ?? ''}`
  await sql`update api_keys set rotated_to = ${live ?? ''} where id = ${replaced ?? ''}`
  await sql`update api_keys set revoked_at = now() - interval '91 days' where id = ${revoked ?? ''}`
  await sql`update api_keys set revoked_at = now() where id = ${fresh ?? ''}`
  const changes = async () => (await sql`select number from changes`).length
  const before = await changes()
  expect(await pruneEndedKeys(db, 90 * DAY_MS, 1)).toBe(1)
  expect(await pruneEndedKeys(db, 90 * DAY_MS, 10)).toBe(2)
  expect(await pruneEndedKeys(db, 90 * DAY_MS, 10)).toBe(0)
  const left = await sql<{ id: string }[]>`select id from api_keys order by id`
  expect(new Set(left.map(({ id }) => id))).toEqual(new Set([live, expired, fresh]))
  expect(await sql`select id from grants`).toHaveLength(3)
  expect(await changes()).toBeGreaterThan(before)
})

test('old entries of the audit log are deleted by retention alone', async () => {
  const { db, sql } = database
  const { id: ownerId } = await createAccount(db, { email: 'audit@example.org' })
  await appendAudit(db, {
    ownerId,
    action: 'test.old',
    createdAt: new Date(Date.now() - 401 * DAY_MS),
  })
  await appendAudit(db, { ownerId, action: 'test.new' })
  await expect(sql`delete from audit_logs`).rejects.toMatchObject({
    constraint_name: 'rule_audit_logs_append_only',
  })
  expect(await pruneAudit(db, 400 * DAY_MS, 10)).toBe(1)
  const left = await sql<
    { action: string }[]
  >`select action from audit_logs where owner_id = ${ownerId}`
  expect(left.map(({ action }) => action)).toEqual(['test.new'])
  // What allowed it has ended with the transaction.
  await expect(sql`delete from audit_logs`).rejects.toMatchObject({
    constraint_name: 'rule_audit_logs_append_only',
  })
})

test('usage that ended long ago is deleted with its attempts, open calls stay', async () => {
  const { db, sql } = database
  const usage = async (id: string, days: number, isOpen = false) => {
    const at = new Date(Date.now() - days * DAY_MS).toISOString()
    await sql`
      insert into inference_usage (id, account_id, endpoint, requested_model, streamed, started_at, ended_at, ended_by, usage_source, settled_by, lease_until)
      values (${id}, 'a', '/chat', 'm', false, ${at}, ${isOpen ? null : at}, ${isOpen ? null : 'done'}, ${isOpen ? null : 'provider'},
        ${isOpen ? null : 'proxy'}, ${isOpen ? at : null})`
    await sql`
      insert into inference_attempts (call_id, attempt, provider, model, usage_source, started_at, total_ms)
      values (${id}, 1, 'p', 'm', 'provider', ${at}, 1)`
  }
  await usage('old', 401)
  await usage('open', 401, true)
  await usage('new', 1)
  expect(await pruneUsage(db, 400 * DAY_MS, 10)).toBe(1)
  const ids = async (table: string, column: string) =>
    (await sql`select ${sql(column)} as id from ${sql(table)} order by 1`).map((row) => row['id'])
  expect(await ids('inference_usage', 'id')).toEqual(['new', 'open'])
  expect(await ids('inference_attempts', 'call_id')).toEqual(['new', 'open'])
})

test('spokes that left long ago are deleted with their operations, but not those that are back, or have a workspace in use', async () => {
  const { db, sql } = database
  const { id: ownerId } = await createAccount(db, { email: 'spokes@example.org' })
  const { id: projectId } = await createProject(db, { name: 'spokes', slug: 'spokes', ownerId })
  const ids = new Map<string, string>()
  for (const name of ['gone', 'gone-too', 'fresh', 'back', 'working', 'done']) {
    const { spokeId, epoch } = await attachSpoke(db, {
      name,
      ownerId,
      spokeType: 'dev-env',
      instanceId: uuidv7(),
      sessionTokenHash: name,
    })
    ids.set(name, spokeId)
    const operation = {
      operationId: `dev.${name}.fs.read`,
      namespace: `dev.${name}.fs`,
      name: 'read',
      preRemapNamespace: 'fs',
      preRemapName: 'read',
      spec: {
        namespace: 'fs',
        name: 'read',
        version: '1.0.0',
        type: 'query',
        description: 'reads',
        inputSchema: { type: 'object' },
        outputSchema: true,
        accessControl: { requiredScopes: [] },
      },
      status: 'active',
    } as const
    await replaceRegistrations(db, { spokeId, epoch, operations: [operation] })
    if (name !== 'back') await disconnectSpoke(db, spokeId)
  }
  await createWorkspace(db, { projectId, name: 'open', spokeId: ids.get('working') ?? '' })
  await createWorkspace(db, {
    projectId,
    name: 'archived',
    spokeId: ids.get('done') ?? '',
    status: 'archived',
  })
  await sql`update spokes set disconnected_at = now() - interval '181 days' where status = 'disconnected' and name <> 'fresh'`
  const key = await createApiKey(db, { ownerId, name: 'one', keyHash: uuidv7() })
  await sql`update api_keys set resources = '{"spoke:gone": ["*"], "spoke:fresh": ["*"]}' where id = ${key.id}`
  const { change } = await loadRegistry(db)
  expect(await pruneSpokes(db, 180 * DAY_MS, 1)).toBe(1)
  expect(await pruneSpokes(db, 180 * DAY_MS, 10)).toBe(2)
  expect(await pruneSpokes(db, 180 * DAY_MS, 10)).toBe(0)
  const left = await sql<{ name: string }[]>`select name from spokes where owner_id = ${ownerId}`
  expect(new Set(left.map(({ name }) => name))).toEqual(new Set(['fresh', 'back', 'working']))
  const removed = (await loadRegistrySince(db, change))?.removedSpokeIds ?? []
  expect(new Set(removed)).toEqual(
    new Set(['gone', 'gone-too', 'done'].map((name) => ids.get(name))),
  )
  expect(await sql`select from operation_registrations where pre_remap_name = 'read'`).toHaveLength(
    3,
  )
  const [kept] = await sql<
    { resources: object }[]
  >`select resources from api_keys where id = ${key.id}`
  expect(kept?.resources).toEqual({ 'spoke:fresh': ['*'] })
})
