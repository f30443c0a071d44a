import { uuidv7 } from '@alkdev/std'
import { createAccount, createOrganization, openDatabase } from '@alkdev/storage'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { ACTING_KEYS, callerOf } from '../audit/audit.ts'
import { levelIn, orgIdsOf } from './caller.ts'

test('a call that a spoke makes on behalf of an account covers the organizations of both, and no membership that has ended', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url, { max: 1 })
  const { db, sql } = database
  const { id } = await createAccount(db, { email: 'caller@example.com' })
  const make = async (name: string) =>
    (await createOrganization(db, { id: uuidv7(), name, ownerId: id })).id
  const [shared, own] = [await make('shared'), await make('own')]
  const identity = { id, scopes: ['*'], orgIds: [shared] }
  // A key whose rights this process read before the account made its organization.
  const direct = callerOf({ identity })
  expect((await orgIdsOf(db, direct)).toSorted()).toEqual([shared, own].toSorted())
  expect(await levelIn(db, direct, own)).toBe('owner')
  const acting = callerOf({ identity, metadata: { [ACTING_KEYS]: ['key'] } })
  expect(await orgIdsOf(db, acting)).toEqual([shared])
  expect([await levelIn(db, acting, shared), await levelIn(db, acting, own)]).toEqual([
    'owner',
    undefined,
  ])
  const without = callerOf({ identity: { id, scopes: ['*'] }, metadata: { [ACTING_KEYS]: [] } })
  expect(await orgIdsOf(db, without)).toEqual([])
  await sql`delete from organizations where id = ${shared}`
  expect(await orgIdsOf(db, acting)).toEqual([])
})
