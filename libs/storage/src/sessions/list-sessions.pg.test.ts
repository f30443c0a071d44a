import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { ensureProject } from '../projects/projects.ts'
import { listSessions } from './sessions.ts'

test('sessions are listed newest first, or by their latest activity, page by page', async () => {
  await using postgres = await createTestDatabase()
  await using opened = await openDatabase(postgres.url, { max: 2 })
  const { db, sql } = opened
  const accountId = (await createAccount(db, { email: 'a@example.com' })).id
  const projectId = (await ensureProject(db, { slug: 'p', ownerId: accountId })).id
  const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString()
  const ids: string[] = []
  // Two of them at the same moment, two a millisecond apart.
  for (const ms of [5000, 7000, 7000, 6001, 6000]) {
    const id = uuidv7()
    ids.push(id)
    const row = { id, project_id: projectId, account_id: accountId, slug: id, title: 'x' }
    // oxlint-disable-next-line no-await-in-loop -- in this order
    await sql`insert into sessions ${sql({ ...row, last_activity_at: at(ms) })}`
  }
  const all = async (order?: 'created' | 'activity') => {
    const found: number[] = []
    let cursor: string | undefined
    do {
      const request = { accountId, orgIds: [], limit: 1, order, cursor }
      // oxlint-disable-next-line no-await-in-loop -- each page names the next one
      const page = await listSessions(db, request as Parameters<typeof listSessions>[1])
      found.push(...page.items.map(({ id }) => ids.indexOf(id)))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    return found
  }
  expect(await all()).toEqual([4, 3, 2, 1, 0])
  expect(await all('activity')).toEqual([2, 1, 3, 4, 0])
  const { nextCursor: cursor } = await listSessions(db, { accountId, orgIds: [], limit: 1 })
  const other = { accountId, orgIds: [], order: 'activity', cursor: must(cursor) } as const
  await expect(listSessions(db, other)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })

  const plan = await sql.begin(async (tx) => {
    await tx`set local enable_seqscan = off`
    return tx`explain select id from sessions order by last_activity_at desc, id desc limit 1`
  })
  expect(JSON.stringify(plan)).toContain('idx_sessions_last_activity_at_id')
})
