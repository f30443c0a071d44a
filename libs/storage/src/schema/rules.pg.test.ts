import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { Value } from '@alkdev/typebox/value'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount, getAccount } from '../identity/accounts.ts'
import { createApiKey, deleteApiKey } from '../identity/api-keys.ts'
import { appendAudit, listAudit } from '../identity/audit-log.ts'
import { createOrganization } from '../identity/organizations.ts'
import { ensureProject } from '../projects/projects.ts'
import { getRoleByName, loadRoles } from '../roles/roles.ts'
import { getTask } from '../tasks/read-tasks.ts'
import { syncTasks } from '../tasks/sync-tasks.ts'
import { AccountRow } from './identity/accounts.ts'

// What the database itself refuses, tried past every function of this library.

let database: TestDatabase
let opened: Database
let accountId: string
let projectId: string
let sessionId: string

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url)
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  accountId = (await createAccount(opened.db, { email: `${uuidv7()}@example.com` })).id
  projectId = (await ensureProject(opened.db, { slug: 'p', ownerId: accountId })).id
  sessionId = await session()
})

const rule = (constraint: string) => ({ code: '23514', constraint_name: constraint })

async function session(): Promise<string> {
  const id = uuidv7()
  await opened.sql`
    insert into sessions (id, project_id, account_id, slug, title)
    values (${id}, ${projectId}, ${accountId}, ${id}, 'x')`
  return id
}
async function message(): Promise<string> {
  const id = uuidv7()
  await opened.sql`
    insert into messages (id, session_id, seq, role, data)
    select ${id}, ${sessionId}, 1 + count(*), 'user', '{}' from messages where session_id = ${sessionId}`
  return id
}
const part = (messageId: string, session: string) => opened.sql`
  insert into parts (id, message_id, session_id, type, data)
  values (${uuidv7()}, ${messageId}, ${session}, 'text', '{}')`

test('the session of a message or a part never changes, and a part has that of its message', async () => {
  const id = await message()
  await part(id, sessionId)
  const other = await session()
  await expect(
    opened.sql`update messages set session_id = ${other} where id = ${id}`,
  ).rejects.toMatchObject(rule('rule_messages_session_id_immutable'))
  await expect(
    opened.sql`update parts set session_id = ${other} where message_id = ${id}`,
  ).rejects.toMatchObject(rule('rule_parts_session_id_immutable'))
  await expect(part(id, other)).rejects.toMatchObject({ code: '23503' })
  await opened.sql`update messages set session_id = ${sessionId}, data = '{"a":1}' where id = ${id}`
  await opened.sql`delete from sessions where id = ${sessionId}`
  expect([...(await opened.sql`select id from parts where message_id = ${id}`)]).toEqual([])
})

test('the audit log can neither be changed nor emptied, but what it points at may go', async () => {
  const key = await createApiKey(opened.db, { ownerId: accountId, keyHash: uuidv7() })
  const entry = {
    ownerId: accountId,
    keyId: key.id,
    sessionId,
    action: 'keys.revoke',
    targetId: key.id,
  }
  await appendAudit(opened.db, entry)
  const append = rule('rule_audit_logs_append_only')
  const { sql } = opened
  await expect(sql`update audit_logs set action = 'x'`).rejects.toMatchObject(append)
  await expect(sql`update audit_logs set key_id = null`).rejects.toMatchObject(append)
  await expect(sql`delete from audit_logs`).rejects.toMatchObject(append)
  await expect(sql`truncate audit_logs`).rejects.toMatchObject(append)
  await deleteApiKey(opened.db, key.id)
  await sql`delete from sessions where project_id = ${projectId}`
  await sql`delete from projects where id = ${projectId}`
  const { items } = await listAudit(opened.db, { ownerId: accountId })
  expect(items).toMatchObject([{ ...entry, keyId: null, sessionId: null, result: 'success' }])
  await expect(sql`delete from accounts where id = ${accountId}`).rejects.toMatchObject({
    constraint_name: 'audit_logs_owner_id_accounts_id_fk',
  })
})

test('an organization without its owner among the members cannot be committed, in any order of steps', async () => {
  const id = uuidv7()
  const alone = opened.sql`
    insert into organizations (id, name, owner_id) values (${id}, ${`o-${id}`}, ${accountId})`
  await expect(alone).rejects.toMatchObject(rule('rule_organizations_owner_is_member'))
  await opened.sql.begin(async (tx) => {
    await tx`insert into organizations (id, name, owner_id) values (${id}, ${`o-${id}`}, ${accountId})`
    await tx`insert into organization_members (id, org_id, account_id, membership_level)
      values (${uuidv7()}, ${id}, ${accountId}, 'owner')`
  })
  const leave = opened.sql`delete from organization_members where org_id = ${id}`
  await expect(leave).rejects.toMatchObject(rule('rule_organizations_owner_is_member'))
  await opened.sql`delete from organizations where id = ${id}`
})

test('an organization has one owner: a second one can be neither added nor raised nor moved in', async () => {
  const org = () =>
    createOrganization(opened.db, { name: `o-${uuidv7()}`, ownerId: accountId }).then((o) => o.id)
  const [id, other] = [await org(), await org()]
  const friend = (await createAccount(opened.db, { email: `${uuidv7()}@example.com` })).id
  const oneOwner = rule('rule_organizations_owner_is_member')
  const add = (orgId: string, level: string) => opened.sql`
    insert into organization_members (id, org_id, account_id, membership_level)
    values (${uuidv7()}, ${orgId}, ${friend}, ${level})`
  await expect(add(id, 'owner')).rejects.toMatchObject(oneOwner)
  await add(id, 'member')
  await expect(
    opened.sql`update organization_members set membership_level = 'owner' where account_id = ${friend}`,
  ).rejects.toMatchObject(oneOwner)
  const third = await createAccount(opened.db, { email: `${uuidv7()}@example.com` })
  const foreign = await createOrganization(opened.db, { name: `o-${uuidv7()}`, ownerId: third.id })
  await expect(
    opened.sql`update organization_members set org_id = ${other} where org_id = ${foreign.id}`,
  ).rejects.toMatchObject(oneOwner)
})

test('of many at once who each hand the organization to themselves, it has one owner in the end', async () => {
  const { id } = await createOrganization(opened.db, { name: `o-${uuidv7()}`, ownerId: accountId })
  const heirs = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const heir = (await createAccount(opened.db, { email: `${uuidv7()}@example.com` })).id
      await opened.sql`insert into organization_members (id, org_id, account_id) values (${uuidv7()}, ${id}, ${heir})`
      return heir
    }),
  )
  const ends = await Promise.allSettled(
    heirs.map((heir) =>
      opened.sql.begin(async (tx) => {
        await tx`update organization_members set membership_level = 'owner' where org_id = ${id} and account_id = ${heir}`
        await tx`update organization_members set membership_level = 'admin' where org_id = ${id} and account_id = ${accountId}`
        await tx`update organizations set owner_id = ${heir} where id = ${id}`
      }),
    ),
  )
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const owners = await opened.sql`
    select account_id from organization_members where org_id = ${id} and membership_level = 'owner'`
  const [org] = await opened.sql`select owner_id from organizations where id = ${id}`
  expect(owners.map((row) => row['account_id'] as string)).toEqual([org?.['owner_id']])
})

test('of admins who end each other at the same time one stays, past every function of the library', async () => {
  await using own = await createTestDatabase()
  await using hub = await openDatabase(own.url, { max: 10 })
  const admins = await Promise.all(
    Array.from({ length: 8 }, async (_, at) => {
      const email = `admin-${at}@example.com`
      return (await createAccount(hub.db, { email, accessLevel: 'admin' })).id
    }),
  )
  const last = rule('rule_accounts_last_admin')
  const ways = [
    (id: string) => hub.sql`update accounts set status = 'suspended' where id = ${id}`,
    (id: string) => hub.sql`update accounts set access_level = 'user' where id = ${id}`,
    (id: string) => hub.sql`delete from accounts where id = ${id}`,
  ]
  const ends = await Promise.allSettled(admins.map((id, at) => must(ways[at % 3])(id)))
  expect(ends.filter(({ status }) => status === 'rejected')).toMatchObject([{ reason: last }])
  const [left] = await hub.sql`
    select id from accounts where access_level = 'admin' and status = 'active'`
  expect(left).toBeDefined()
  // In one transaction another one may take over.
  const heir = (await createAccount(hub.db, { email: 'heir@example.com' })).id
  await hub.sql.begin(async (tx) => {
    await tx`update accounts set access_level = 'user' where access_level = 'admin'`
    await tx`update accounts set access_level = 'admin' where id = ${heir}`
  })
  await expect(hub.sql`delete from accounts where id = ${heir}`).rejects.toMatchObject(last)
})

test('an account that owns an organization cannot be deleted', async () => {
  const owner = await createAccount(opened.db, { email: `${uuidv7()}@example.com` })
  await createOrganization(opened.db, { name: `o-${uuidv7()}`, ownerId: owner.id })
  await expect(opened.sql`delete from accounts where id = ${owner.id}`).rejects.toMatchObject({
    constraint_name: 'organizations_owner_id_accounts_id_fk',
  })
  expect(await getAccount(opened.db, owner.id)).toBeDefined()
})

test('a mapping forgets the slug of its task together with the task', async () => {
  await syncTasks(opened.db, { projectId, tasks: [{ slug: 't', name: 't' }] })
  const task = await getTask(opened.db, projectId, 't')
  const id = uuidv7()
  await opened.sql`
    insert into mappings (id, session_id, task_id, task) values (${id}, ${sessionId}, ${task?.id ?? ''}, 't')`
  await syncTasks(opened.db, { projectId, tasks: [], prune: true })
  const rows = await opened.sql`select task_id, task, status from mappings where id = ${id}`
  expect([...rows]).toEqual([{ task_id: null, task: null, status: 'active' }])
  const again = opened.sql`insert into mappings (id, session_id) values (${uuidv7()}, ${sessionId})`
  await expect(again).rejects.toMatchObject({ constraint_name: 'unq_mappings_session_id_active' })
})

test('a session outlives its account, its workspace and its grant', async () => {
  const key = await createApiKey(opened.db, { ownerId: accountId, keyHash: uuidv7() })
  const grant = uuidv7()
  await opened.sql`insert into grants (id, account_id, key_id) values (${grant}, ${accountId}, ${key.id})`
  await opened.sql`update sessions set grant_id = ${grant} where id = ${sessionId}`
  await deleteApiKey(opened.db, key.id)
  const rows = await opened.sql`select grant_id, account_id from sessions where id = ${sessionId}`
  expect([...rows]).toEqual([{ grant_id: null, account_id: accountId }])
})

test('a running queued call has a lease and a holder, an ended one its time', async () => {
  const call = (columns: Record<string, unknown>) => opened.sql`
    insert into queued_calls ${opened.sql({ id: uuidv7(), operation_name: 'a.b', retry: 'safe', timeout_ms: 1000, ...columns })}`
  await call({})
  await expect(call({ status: 'running' })).rejects.toMatchObject({
    constraint_name: 'chk_queued_calls_lease',
  })
  await expect(call({ status: 'completed' })).rejects.toMatchObject({
    constraint_name: 'chk_queued_calls_ended',
  })
})

test('the seeded roles are those of the design, each ends by denying what it does not name', async () => {
  const roles = await loadRoles(opened.db)
  expect(roles.map((role) => [role.name, role.mode])).toEqual([
    ['architect', 'primary'],
    ['architecture-reviewer', 'subagent'],
    ['code-reviewer', 'subagent'],
    ['coordinator', 'primary'],
    ['decomposer', 'primary'],
    ['implementation-specialist', 'primary'],
    ['poc-specialist', 'primary'],
    ['research-specialist', 'subagent'],
  ])
  for (const role of roles) {
    expect(role.permissions.at(-1)).toEqual({ action: '*', permission: 'deny', pattern: '*' })
    expect(role.temperature).toBe(role.mode === 'primary' ? 0.3 : 0.2)
  }
  expect((await getRoleByName(opened.db, 'coordinator'))?.tools).toEqual({
    'fs.write': false,
    'fs.edit': false,
  })
})

test('ids made by the database are UUIDv7 of this moment', async () => {
  const rows = await opened.sql<
    { id: string }[]
  >`select uuidv7_text() as id from generate_series(1, 50)`
  for (const { id } of rows) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(
      Math.abs(Number.parseInt(id.replace('-', '').slice(0, 12), 16) - Date.now()),
    ).toBeLessThan(60_000)
  }
  expect(new Set(rows.map(({ id }) => id)).size).toBe(50)
})

test('rows as they are read fit the schema that was generated for them', async () => {
  expect(Value.Check(AccountRow, await getAccount(opened.db, accountId))).toBe(true)
  expect(Value.Check(AccountRow, { id: 1 })).toBe(false)
})
