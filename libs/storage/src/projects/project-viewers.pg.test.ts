import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { createOrganization, setMembership } from '../identity/organizations.ts'
import { accountsThatSee } from './project-viewers.ts'
import { ensureProject } from './projects.ts'

test('a project is seen by its owner, and one of an organization by its members alone', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db } = database
  const [owner, member] = (await Promise.all(
    ['owner', 'member'].map(async (name) => {
      const { id } = await createAccount(db, { email: `${name}@example.org` })
      return id
    }),
  )) as [string, string]
  const org = await createOrganization(db, { name: 'seers', ownerId: member })
  const own = await ensureProject(db, { slug: 'own', ownerId: owner })
  const shared = await ensureProject(db, { slug: 'shared', ownerId: owner, orgId: org.id })
  const seers = async (projectId: string) =>
    [...(await accountsThatSee(db, projectId, [owner, member, 'none']))].toSorted()
  expect(await seers(own.id)).toEqual([owner])
  expect(await seers(shared.id)).toEqual([member])
  await setMembership(db, org.id, owner, 'member')
  expect(await seers(shared.id)).toEqual([owner, member].toSorted())
  expect(await seers('none')).toEqual([])
})
