import type { Socket } from 'node:net'
import { sleep } from '@alkdev/std'
import { expect, test } from 'vitest'
import { startFakePostgres } from './fake-postgres.ts'

const message = (type: string, ...parts: readonly (readonly number[])[]): Buffer => {
  const body = Buffer.from(parts.flat())
  const head = Buffer.from(`${type}....`)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
const integer = (n: number): number[] => [0, 0, 0, n]
const ready = message('Z', [...Buffer.from('I')])
/** What PostgreSQL answers to each message of a statement without rows and with one parameter, a text. */
const ANSWERS: Readonly<Record<string, Buffer>> = {
  P: message('1'),
  D: Buffer.concat([message('t', [0, 1], integer(25)), message('n')]),
  B: message('2'),
  E: message('C', [...Buffer.from('SELECT 0\0')]),
  S: ready,
}
/** Milliseconds between the end of a statement and its ReadyForQuery. */
const PAUSE_MS = 10

/** Answers each message; `onEarly` is called with the type of each one that comes between a Sync and its ReadyForQuery. */
function serve(socket: Socket, onEarly: (type: string) => void): void {
  let unread = Buffer.alloc(0)
  let isStarted = false
  let unanswered = 0
  let answered = Promise.resolve()
  const answer = (type: string): void => {
    if (unanswered > 0) onEarly(type)
    if (type === 'S') unanswered += 1
    answered = answered.then(async () => {
      if (type === 'S') await sleep(PAUSE_MS)
      if (type === 'S') unanswered -= 1
      socket.write(ANSWERS[type] ?? '')
    })
  }
  socket.on('data', (bytes: Buffer) => {
    unread = Buffer.concat([unread, bytes])
    for (;;) {
      const at = isStarted ? 1 : 0
      if (unread.length < at + 4) return
      const end = at + unread.readInt32BE(at)
      if (unread.length < end) return
      const type = unread.toString('latin1', 0, 1)
      unread = unread.subarray(end)
      if (isStarted) answer(type)
      else socket.write(Buffer.concat([message('R', integer(0)), ready]))
      isStarted = true
    }
  })
}

/** Makes statements with and without a parameter on one connection; the types of messages that came before an answer was complete. */
async function earlyMessages(prepare: boolean): Promise<string[]> {
  const early: string[] = []
  await using server = await startFakePostgres(
    (socket) => serve(socket, (type) => void early.push(type)),
    { prepare, fetch_types: false },
  )
  const { sql } = server
  await sql`select`
  await Promise.all([sql`select`, sql`select ${'a'}`, sql`select`, sql`select ${'b'}`])
  await sql.end({ timeout: 1 })
  return early.filter((type) => type !== 'X')
}

// PgBouncer takes the server away from a client with ReadyForQuery: a message that it has passed on before is lost to its statement.
test('an unnamed statement is sent when the one before it has been answered to its end, and a named one before', async () => {
  expect(await earlyMessages(false)).toEqual([])
  expect(await earlyMessages(true)).toContain('P')
})
