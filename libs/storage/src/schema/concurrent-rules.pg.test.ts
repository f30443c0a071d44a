import { deferred, must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import type { TransactionSql } from 'postgres'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { ensureProject } from '../projects/projects.ts'

// What the database refuses although two transactions, each of which sees nothing wrong, meet.

let database: TestDatabase
let opened: Database
let accountId: string
let projectId: string
let otherProjectId: string

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url, { max: 8 })
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  accountId = (await createAccount(opened.db, { email: `${uuidv7()}@example.com` })).id
  projectId = (await ensureProject(opened.db, { slug: 'one', ownerId: accountId })).id
  otherProjectId = (await ensureProject(opened.db, { slug: 'two', ownerId: accountId })).id
})

type Statement = (sql: TransactionSql) => Promise<unknown>

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code)

/**
 * Runs `first` in a transaction that stays open until `second`, in one of its own, waits for it; then the first commits. Says how
 * the second ended: `done`, or the code of its refusal. Rejects when the second does not wait at all.
 */
async function meet(first: Statement, second: Statement): Promise<string> {
  const ready = deferred<void>()
  const go = deferred<void>()
  const one = opened.sql.begin(async (sql) => {
    await first(sql)
    ready.resolve()
    await go.promise
  })
  one.catch((error: unknown) => ready.reject(error))
  await ready.promise
  const pid = deferred<number>()
  const two = opened.sql
    .begin(async (sql) => {
      const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
      pid.resolve(must(row).pid)
      await second(sql)
    })
    .then(() => 'done', codeOf)
  try {
    const waiting = await pid.promise
    const blockers = async () => {
      const [row] = await opened.sql<{ n: number }[]>`
        select cardinality(pg_blocking_pids(${waiting}))::integer as n`
      return row?.n
    }
    await expect.poll(blockers).toBe(1)
  } finally {
    go.resolve()
  }
  await one
  return two
}

async function task(project = projectId): Promise<string> {
  const id = uuidv7()
  await opened.sql`
    insert into tasks (id, project_id, slug, name) values (${id}, ${project}, ${id}, 'x')`
  return id
}
const depend =
  (dependent: string, on: string): Statement =>
  (sql) =>
    sql`
    insert into task_dependencies (id, project_id, dependent_task_id, depends_on_task_id)
    values (${uuidv7()}, ${projectId}, ${dependent}, ${on})`
const move =
  (id: string): Statement =>
  (sql) =>
    sql`update tasks set project_id = ${otherProjectId} where id = ${id}`
const drop =
  (id: string): Statement =>
  (sql) =>
    sql`delete from tasks where id = ${id}`

/** Dependencies of which one end is in another project. */
async function strayDependencies(): Promise<number> {
  const [row] = await opened.sql<{ n: number }[]>`
    select count(*)::integer as n from task_dependencies x
    join tasks a on a.id = x.dependent_task_id join tasks b on b.id = x.depends_on_task_id
    where a.project_id <> b.project_id or a.project_id <> x.project_id`
  return must(row).n
}

test('a task does not leave its project while another transaction makes a dependency on it, nor the other way round', async () => {
  for (const end of ['dependent', 'dependsOn'] as const) {
    for (const order of ['depend first', 'move first'] as const) {
      const [a, b] = [await task(), await task()]
      const moved = move(end === 'dependent' ? a : b)
      const outcome =
        order === 'depend first' ? await meet(depend(a, b), moved) : await meet(moved, depend(a, b))
      expect([end, order, outcome]).toEqual([end, order, '23503'])
    }
  }
  expect(await strayDependencies()).toBe(0)
})

test('when a dependency is added while one of its ends is removed, the second transaction fails, and no dependency lacks an end', async () => {
  const [a, b] = [await task(), await task()]
  // The removal waits, and takes the dependency with it.
  expect(await meet(depend(a, b), drop(b))).toBe('done')
  const left = async (id: string) => [
    ...(await opened.sql`select id from task_dependencies where dependent_task_id = ${id}`),
  ]
  expect(await left(a)).toEqual([])
  const c = await task()
  expect(await meet(drop(c), depend(a, c))).toBe('23503')
  expect(await left(a)).toEqual([])
})

test('the same dependency made twice at once is one', async () => {
  const [a, b] = [await task(), await task()]
  expect(await meet(depend(a, b), depend(a, b))).toBe('23505')
})

test('of many moves and dependencies at once none leaves a dependency between projects', async () => {
  const tasks = await Promise.all(Array.from({ length: 8 }, () => task()))
  const at = (n: number): string => must(tasks[n % tasks.length])
  const settled = await Promise.allSettled(
    Array.from({ length: 96 }, (_, n) =>
      opened.sql.begin((sql) =>
        n % 3 === 0 ? move(at(n))(sql) : depend(at(n), at(n * 5 + 1 + (n % 7)))(sql),
      ),
    ),
  )
  const codes = new Set(
    settled.map((one) => (one.status === 'fulfilled' ? 'done' : codeOf(one.reason))),
  )
  // Refused by a foreign key, by the unique pair, as a dependency on itself, or, once in a while, as a deadlock.
  for (const code of codes) expect(['done', '23503', '23505', '23514', '40P01']).toContain(code)
  expect(codes).toContain('done')
  expect(codes).toContain('23503')
  expect(await strayDependencies()).toBe(0)
})

async function session(): Promise<string> {
  const id = uuidv7()
  await opened.sql`
    insert into sessions (id, project_id, account_id, slug, title)
    values (${id}, ${projectId}, ${accountId}, ${id}, 'x')`
  return id
}
async function message(sessionId: string): Promise<string> {
  const id = uuidv7()
  await opened.sql`
    insert into messages (id, session_id, seq, role, data)
    select ${id}, ${sessionId}, 1 + count(*), 'user', '{}' from messages where session_id = ${sessionId}`
  return id
}
const part =
  (messageId: string, sessionId: string): Statement =>
  (sql) =>
    sql`
    insert into parts (id, message_id, session_id, type, data)
    values (${uuidv7()}, ${messageId}, ${sessionId}, 'text', '{}')`

/** The sessions of the parts of a message. */
async function sessionsOf(messageId: string): Promise<string[]> {
  const rows = await opened.sql<{ session: string }[]>`
    select session_id as session from parts where message_id = ${messageId}`
  return rows.map((row) => row.session)
}

test('a part written while its message or session goes is gone with it, or refused', async () => {
  for (const table of ['messages', 'sessions'] as const) {
    const gone =
      (id: string): Statement =>
      (sql) =>
        sql`delete from ${sql(table)} where id = ${id}`
    const sessionId = await session()
    const first = await message(sessionId)
    const target = table === 'messages' ? first : sessionId
    expect(await meet(part(first, sessionId), gone(target))).toBe('done')
    expect(await sessionsOf(first)).toEqual([])

    const later = await session()
    const second = await message(later)
    const lost = table === 'messages' ? second : later
    expect(await meet(gone(lost), part(second, later))).toBe('23503')
    expect(await sessionsOf(second)).toEqual([])
  }
})

test('while one transaction changes a part, another does not get its session changed, before or after', async () => {
  const [sessionId, other] = [await session(), await session()]
  const id = await message(sessionId)
  await opened.sql.begin((sql) => part(id, sessionId)(sql))
  const change: Statement = (sql) => sql`update parts set data = '{"a":1}' where message_id = ${id}`
  const steal: Statement = (sql) =>
    sql`update parts set session_id = ${other} where message_id = ${id}`
  expect(await meet(change, steal)).toBe('23514')
  expect(await sessionsOf(id)).toEqual([sessionId])
})

test('of many who change the session of messages and parts at once none succeeds, and every part has that of its message', async () => {
  const [sessionId, other] = [await session(), await session()]
  const id = await message(sessionId)
  const settled = await Promise.allSettled(
    Array.from({ length: 60 }, (_, n) =>
      opened.sql.begin(async (sql) => {
        if (n % 4 === 0) return part(id, sessionId)(sql)
        if (n % 4 === 1) return part(id, other)(sql)
        if (n % 4 === 3) return sql`update messages set session_id = ${other} where id = ${id}`
        await part(id, sessionId)(sql)
        return sql`update parts set session_id = ${other} where message_id = ${id}`
      }),
    ),
  )
  const codes = settled.map((one) => (one.status === 'fulfilled' ? 'done' : codeOf(one.reason)))
  expect(codes).toEqual(codes.map((_, n) => ['done', '23503', '23514', '23514'][n % 4]))
  expect(await sessionsOf(id)).toEqual(Array.from({ length: 15 }, () => sessionId))
})
