import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../database/in-transaction.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { ensureProject } from '../projects/projects.ts'
import { addMessages } from './add-messages.ts'
import { conversationIds, messagePages } from './conversation.ts'
import { countFittingMessages } from './fitting-rows.ts'
import { listMessages } from './messages.ts'
import { appendSessionEvents, readSessionEvents } from './session-events.ts'
import { createSession } from './sessions.ts'

const stack = new AsyncDisposableStack()
let opened: Database
let sessionId: string
/** A session with ten messages of 10,000 bytes. */
let make: () => Promise<string>

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 2 }))
  const { id: accountId } = await createAccount(opened.db, { email: 'fitting@example.com' })
  const { id: projectId } = await ensureProject(opened.db, { slug: 'p', ownerId: accountId })
  make = async () => {
    const more = { accountId, projectId, grantId: null as never }
    const { id } = await createSession(opened.db, { ...more, title: 'A session' })
    const parts = [{ type: 'text' as const, data: { text: 'x'.repeat(10_000) } }]
    const messages = Array.from({ length: 10 }, () => ({ role: 'user' as const, parts }))
    await inTransaction(opened.db, (tx) => addMessages(tx, id, messages))
    return id
  }
  sessionId = await make()
})
afterAll(() => stack.disposeAsync())

test('a page of messages ends before it has too many bytes, and the next one goes on behind it', async () => {
  const pages: number[] = []
  const seqs: number[] = []
  let cursor: string | undefined
  do {
    // oxlint-disable-next-line no-await-in-loop -- page after page
    const page = await listMessages(opened.db, {
      sessionId,
      limit: 6,
      maxBytes: 45_000.5,
      ...(cursor !== undefined && { cursor }),
    })
    pages.push(page.items.length)
    seqs.push(...page.items.map(({ message }) => message.seq))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  expect(pages).toEqual([4, 4, 2])
  expect(seqs).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
  const small = await listMessages(opened.db, { sessionId, maxBytes: 10 })
  expect(small.items).toHaveLength(1)
  expect((await listMessages(opened.db, { sessionId, maxBytes: 1e9 })).items).toHaveLength(10)
})

test('the output of a tool call counts as far as it is read', async () => {
  const { items } = await listMessages(opened.db, { sessionId, limit: 2, maxBytes: 1e9 })
  const ids = items.map(({ message }) => message.id)
  const turnId = uuidv7()
  await opened.sql`insert into turns (id, session_id, message_id, status) values (${turnId}, ${sessionId}, ${must(ids[0])}, 'running')`
  await opened.sql`
    insert into tool_calls (id, session_id, turn_id, message_id, step, idx, model_call_id, tool_name, retry, input, status, output, ended_at)
    values (${uuidv7()}, ${sessionId}, ${turnId}, ${must(ids[0])}, 1, 0, 'c', 'call', 'safe', '{}', 'done', ${'é'.repeat(100_000)}, now())`
  expect(await countFittingMessages(opened.db, ids, 70_000)).toBe(1)
  expect(await countFittingMessages(opened.db, ids, 90_000)).toBe(2)
  expect(await countFittingMessages(opened.db, [], 1)).toBe(0)
})

test('events are read until they have too many bytes, and at least one', async () => {
  const event = { type: 'session.changed', data: { text: 'x'.repeat(1000) } }
  await inTransaction(opened.db, (tx) =>
    appendSessionEvents(tx, sessionId, [event, event, event, event]),
  )
  const read = async (after: number, maxBytes: number) =>
    (await readSessionEvents(opened.db, sessionId, { after, limit: 3, maxBytes })).map(
      ({ seq }) => seq,
    )
  expect(await read(0, 2500)).toEqual([1, 2])
  expect(await read(2, 1)).toEqual([3])
  expect(await read(0, 1e6)).toEqual([1, 2, 3])
  expect(await read(4, 1e6)).toEqual([])
})

test('a conversation is read in pages that have too many bytes only when one message has', async () => {
  const id = await make()
  const ids = await conversationIds(opened.db, id, { limit: 100 })
  const sizes = async (maxBytes: number) => {
    const pages: number[] = []
    const read: string[] = []
    for await (const page of messagePages(opened.db, ids, maxBytes)) {
      pages.push(page.length)
      read.push(...page.map(({ message }) => message.id))
    }
    expect(read).toEqual(ids)
    return pages
  }
  expect(await sizes(45_000)).toEqual([4, 4, 2])
  expect(await sizes(1)).toEqual(ids.map(() => 1))
  expect(await sizes(1_000_000)).toEqual([10])
  expect(await conversationIds(opened.db, id, { upTo: 3, limit: 2 })).toEqual(ids.slice(1, 3))
})
