import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { ensureProject } from '../projects/projects.ts'
import { readInvariants } from './read-invariants.ts'

test('an invariant is 0 until something is broken for longer than the time of grace', async () => {
  await using postgres = await createTestDatabase()
  await using opened = await openDatabase(postgres.url, { max: 1 })
  const { db, sql } = opened
  const none = await readInvariants(db, 60_000)
  expect(new Set(Object.values(none))).toEqual(new Set([0]))
  const ownerId = (await createAccount(db, { email: 'a@example.com' })).id
  const projectId = (await ensureProject(db, { slug: 'p', ownerId })).id
  const long = '2026-01-01T00:00:00Z'
  const session = (columns: Record<string, string>, id = uuidv7()) =>
    sql`insert into sessions ${sql({ id, project_id: projectId, slug: id, title: 'x', ...columns })}`
  await session({ status: 'running', worker_instance_id: 'gone', lease_until: long })
  await session({ status: 'queued', spawn_step: 'claimed', spawn_lease_until: long })
  await sql`
    insert into tasks (id, project_id, slug, name, status, updated_at)
    values (${uuidv7()}, ${projectId}, 't', 't', 'in-progress', ${long})`
  // The claim of a session that has ended is none.
  for (const [id, status] of [
    ['ended', 'failed'],
    ['idle', 'idle'],
  ] as const) {
    // oxlint-disable no-await-in-loop -- one connection
    await session({ status }, id)
    await sql`
      insert into tasks (id, project_id, slug, name, status, updated_at) values (${id}, ${projectId}, ${id}, 't', 'in-progress', ${long})`
    await sql`insert into task_claims (task_id, session_id) values (${id}, ${id})`
    // oxlint-enable no-await-in-loop
  }
  expect(await readInvariants(db, 60_000)).toEqual({
    ...none,
    sessionsWithoutLease: 1,
    spawnsLeft: 1,
    tasksWithoutClaim: 2,
  })
})
