import { uuidv7 } from '@alkdev/std'
import { openDatabase } from '@alkdev/storage'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { BudgetDirectory } from './budget-directory.ts'

test('calls of sessions are left to PostgreSQL, which knows budgets that were not read here yet', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url, { max: 1 })
  const directory = new BudgetDirectory(database.db)
  const accountId = uuidv7()
  const call = {
    id: uuidv7(),
    accountId,
    endpoint: 'chat/completions',
    requestedModel: 'acme/m',
    streamed: false,
    startedAt: new Date(),
    subjects: [['account', accountId]] as const,
    targets: ['acme/m'],
  }
  expect(await directory.of(call)).toMatchObject({ isExact: false, reserved: [] })
  expect(await directory.of({ ...call, sessionId: uuidv7() })).toMatchObject({ isExact: true })
})
