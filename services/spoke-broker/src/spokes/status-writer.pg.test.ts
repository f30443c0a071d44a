import { uuidv7 } from '@alkdev/std'
import { attachWithRegistrations, createAccount, openDatabase } from '@alkdev/storage'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { StatusWriter } from './status-writer.ts'

test('a departure is reported once, also when the retries come while it is being written', async () => {
  await using database = await createTestDatabase()
  const opened = await openDatabase(database.url)
  try {
    const { db } = opened
    const ownerId = (await createAccount(db, { email: 'owner@example.com' })).id
    const name = `s-${uuidv7()}`
    const { spokeId, epoch } = await attachWithRegistrations(
      db,
      { name, ownerId, spokeType: 'dev-env', instanceId: uuidv7(), sessionTokenHash: 'token-1' },
      [],
      () => undefined,
    )
    const reported: string[] = []
    const announced: number[] = []
    const writer = new StatusWriter({
      db,
      bus: { announceChange: async (change) => void announced.push(change) },
      events: { suspended: (_, why) => void reported.push(why), detached: () => {} },
      onFailed: (error) => expect.unreachable(String(error)),
    })
    const written = writer.add({ spokeId, epoch, name, ownerId }, 'suspended', 'its socket ended')
    await Promise.all([writer.retry(), writer.retry(), written])
    await writer.retry()
    expect(reported).toEqual(['its socket ended'])
    expect(announced).toHaveLength(1)
    expect(writer.unwritten).toBe(0)
  } finally {
    await opened.close()
  }
})
