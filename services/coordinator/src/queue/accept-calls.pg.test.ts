import { must, uuidv7 } from '@alkdev/std'
import { createAccount, createApiKey, openDatabase } from '@alkdev/storage'
import { getQueuedCall } from '@alkdev/storage/queue'
import type { NewQueuedCall } from '@alkdev/storage/queue'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { CallAcceptor } from './accept-calls.ts'

const call = (given: Partial<NewQueuedCall> = {}): NewQueuedCall => ({
  id: uuidv7(),
  operationName: 'fs.read',
  input: '{}',
  retry: 'safe',
  maxAttempts: 3,
  backoffMs: 100,
  timeoutMs: 1000,
  delayMs: 0,
  expiresAfterMs: 60_000,
  priority: 0,
  depth: 0,
  ...given,
})

test('of concurrent requests only the bad one fails, and those with the same key or id are one call', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db } = database
  const { id: accountId } = await createAccount(db, { email: 'accept@example.org' })
  const key = await createApiKey(db, { ownerId: accountId, keyHash: uuidv7(), scopes: ['a'] })
  const caller = { accountId, keyId: key.id, scopes: ['a'], resources: {} }
  const acceptor = new CallAcceptor(db, () => () => true)
  const accept = (one: NewQueuedCall) => acceptor.accept({ caller, call: one })
  // The first request of these rights makes their grant.
  expect(await accept(call())).toMatchObject({ known: false })
  const keyed = { idempotencyKey: 'k', inputHash: 'h' }
  const twice = call()
  const [good, bad, first, second, one, again] = await Promise.allSettled([
    accept(call()),
    accept(call({ priority: 10 })),
    accept(call(keyed)),
    accept(call(keyed)),
    accept(twice),
    accept(twice),
  ])
  expect(bad.status).toBe('rejected')
  const given = [good, first, second, one, again].map((settled) =>
    settled.status === 'fulfilled' ? settled.value : undefined,
  )
  for (const accepted of given)
    expect(await getQueuedCall(db, must(accepted).callId)).toMatchObject({ status: 'accepted' })
  expect(given[2]?.callId).toBe(given[1]?.callId)
  expect(given[1]?.known).not.toBe(given[2]?.known)
  expect(given[3]?.known).not.toBe(given[4]?.known)
  expect(given[4]?.callId).toBe(twice.id)
})
