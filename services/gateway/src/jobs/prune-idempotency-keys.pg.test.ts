import { uuidv7 } from '@alkdev/std'
import { claimIdempotencyKey, createAccount, openDatabase } from '@alkdev/storage'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { pruneIdempotencyKeys } from './prune-idempotency-keys.ts'

test('every expired key is deleted, in steps, and no other', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db } = database
  const { id: accountId } = await createAccount(db, { email: 'caller@example.com' })
  const claim = (key: string, keptMs: number) =>
    claimIdempotencyKey(db, {
      accountId,
      operationName: 'fs.write',
      key,
      inputHash: 'h',
      callId: uuidv7(),
      keptMs,
    })
  for (let at = 0; at < 7; at += 1) await claim(`old-${at}`, -1)
  await claim('young', 60_000)
  const never = new AbortController().signal
  expect(await pruneIdempotencyKeys(db, never, 3)).toBe(7)
  expect(await pruneIdempotencyKeys(db, never, 3)).toBe(0)
  expect(await claim('young', 60_000)).toBeUndefined()
})
