import { sleep } from '@alkdev/std'
import { expect, test } from 'vitest'
import { startFakePostgres } from './fake-postgres.ts'
import { MAX_RECONNECT_DELAY_MS, reconnectDelay } from './reconnect-delay.ts'

// Without patches/postgres@3.4.9.patch the driver opens a connection again as soon as it is closed, while a statement waits for it.
test('connections that a pooler accepts and closes at once are opened again with growing pauses', async () => {
  let opened = 0
  await using pooler = await startFakePostgres(
    (socket) => {
      opened += 1
      socket.once('data', () => socket.end())
    },
    { backoff: reconnectDelay },
  )
  const { sql } = pooler
  const waiting = sql`select 1`.catch(() => 'ended')
  await sleep(1000)
  await sql.end({ timeout: 0 })
  expect(await waiting).toBe('ended')
  expect(opened).toBeGreaterThan(1)
  expect(opened).toBeLessThan(20)
  // Ended during a pause, it opens none after it.
  const before = opened
  await sleep(MAX_RECONNECT_DELAY_MS + 100)
  expect(opened).toBe(before)
})
