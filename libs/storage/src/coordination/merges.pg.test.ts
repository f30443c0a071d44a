import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { createApiKey } from '../identity/api-keys.ts'
import { ensureProject } from '../projects/projects.ts'
import { grants } from '../schema/identity/grants.ts'
import { createSessionGrant } from '../sessions/session-rights.ts'
import { claimMerges, endMerge, enqueueMerge, listMerges } from './merges.ts'

test('of the merges of one session, which its account alone lists without a scope, one at a time is claimed', async () => {
  await using postgres = await createTestDatabase()
  await using opened = await openDatabase(postgres.url, { max: 2 })
  const { db, sql } = opened
  const accountId = (await createAccount(db, { email: 'a@example.com' })).id
  const projectId = (await ensureProject(db, { slug: 'p', ownerId: accountId })).id
  const sessionId = uuidv7()
  await sql`insert into sessions ${sql({ id: sessionId, project_id: projectId, slug: 's', title: 'x', status: 'idle', account_id: accountId })}`
  const { id: keyId } = await createApiKey(db, {
    ownerId: accountId,
    keyHash: uuidv7(),
    scopes: [],
  })
  const grant = () => createSessionGrant(db, { accountId, keyId, scopes: [], resources: {} })
  const merge = (targetBranch: string) => ({
    ...{ projectId, accountId, sessionId, commonDirId: 'c', targetBranch, branch: 'b' },
    ...{ workspaceId: null, taskId: null, leadSessionId: null, checks: [] },
  })
  const ids: string[] = []
  for (const targetBranch of ['one', 'two']) {
    // oxlint-disable-next-line no-await-in-loop -- in this order
    const { row } = await enqueueMerge(db, merge(targetBranch), grant)
    ids.push(row.id)
  }
  // Asked for again it is the same one, and no further rights are stored.
  expect(await enqueueMerge(db, merge('two'), grant)).toMatchObject({
    isNew: false,
    row: { id: ids[1], grantId: expect.any(String) },
  })
  expect(await db.$count(grants)).toBe(2)
  const listed = async (ownerId: string) =>
    (await listMerges(db, { projectId, ownerId, limit: 5 })).map(({ id }) => id)
  expect(await listed(accountId)).toEqual(ids.toReversed())
  expect(await listed(uuidv7())).toEqual([])
  const request = { workerInstanceId: 'w', leaseMs: 60_000, limit: 8, maxPerAccount: 8 }
  const first = await claimMerges(db, request)
  expect(first.map(({ id }) => id)).toEqual([ids[0]])
  expect(await claimMerges(db, request)).toEqual([])
  await endMerge(db, must(first[0]), { status: 'merged', reason: 'merged' })
  expect((await claimMerges(db, request)).map(({ id }) => id)).toEqual([ids[1]])
})
