import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { inTransaction } from '../database/in-transaction.ts'
import { openDatabase } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { ensureProject } from '../projects/projects.ts'
import { createWorkspace } from '../projects/workspaces.ts'
import { lockCommonDir } from './spawn-steps.ts'

test('H29: of creations in several git folders at once, one brings its folder into the project', async () => {
  await using postgres = await createTestDatabase()
  await using opened = await openDatabase(postgres.url, { max: 9 })
  const { db, sql } = opened
  const ownerId = (await createAccount(db, { email: 'a@example.com' })).id
  const projectId = (await ensureProject(db, { slug: 'p', ownerId })).id
  const create = (commonDirId: string) =>
    inTransaction(db, async (tx) => {
      const other = await lockCommonDir(tx, projectId, commonDirId)
      if (other !== undefined) return
      // All of them are in a transaction by now.
      await tx.execute('select pg_sleep(0.1)')
      await createWorkspace(tx, { projectId, name: uuidv7(), commonDirId })
    })
  await Promise.all(['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd'].map((one) => create(one)))
  const rows = await sql`select distinct common_dir_id from workspaces`
  expect(rows).toHaveLength(1)
})
