import type { SessionExport } from '@alkdev/contracts/agents'
import type { Identity } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { createAccount, ensureProject, openDatabase } from '@alkdev/storage'
import { addMessages, createSession } from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importDocument } from '../../sessions/import-document.ts'
import { sessionsExport } from './export.ts'

const MAX_BYTES = 64 * 1024

const stack = new AsyncDisposableStack()
let opened: Awaited<ReturnType<typeof openDatabase>>
let owner: Identity
let projectId: string

beforeAll(async () => {
  const postgres = stack.use(await createTestDatabase())
  opened = stack.use(await openDatabase(postgres.url, { max: 2 }))
  const { id } = await createAccount(opened.db, { email: `${uuidv7()}@example.com` })
  owner = { id, scopes: ['*'] }
  projectId = (await ensureProject(opened.db, { slug: 'p', ownerId: id })).id
})
afterAll(() => stack.disposeAsync())

/** A session of messages with these texts. */
async function sessionOf(texts: readonly string[]): Promise<string> {
  const { db } = opened
  const more = { accountId: owner.id, projectId, grantId: null as never }
  const { id } = await createSession(db, { ...more, title: 'A session' })
  const messages = texts.map((text) => ({
    role: 'user' as const,
    parts: [{ type: 'text' as const, data: { text } }],
  }))
  await addMessages(db, id, messages)
  return id
}

function ask(input: object): Promise<SessionExport> {
  const { db } = opened
  const config = { limits: { maxPayloadBytes: MAX_BYTES }, http: { maxBodyBytes: MAX_BYTES } }
  const { handler } = sessionsExport({ runtime: { db, config } } as never)
  return (handler as (given: object, context: object) => Promise<SessionExport>)(input, {
    identity: owner,
  })
}

/** The export of a session of messages with this text each. */
const exported = async (text: string, count: number): Promise<SessionExport> =>
  ask({ sessionId: await sessionOf(Array.from({ length: count }, () => text)) })

/** Its pages, the latest messages first. */
async function pagesOf(sessionId: string): Promise<SessionExport[]> {
  const pages = [await ask({ sessionId, paged: true })]
  for (let cursor = pages[0]?.nextCursor; cursor !== undefined;) {
    // oxlint-disable-next-line no-await-in-loop -- page after page
    const page = await ask({ sessionId, paged: true, cursor })
    pages.push(page)
    cursor = page.nextCursor
  }
  return pages
}

const textsOf = (pages: readonly SessionExport[]): string[] =>
  pages
    .toReversed()
    .flatMap((page) => importDocument(page).messages)
    .map(({ parts }) => String(parts[0]?.data['text']))

test('a session of any size is exported in pages that fit, which together have each message once and in order', async () => {
  const texts = Array.from({ length: 700 }, (_, nr) => `${nr} ${'"x'.repeat((nr * 37) % 900)}`)
  const sessionId = await sessionOf(texts)
  await expect(ask({ sessionId })).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
  const pages = await pagesOf(sessionId)
  expect(pages.length).toBeGreaterThan(5)
  for (const page of pages)
    expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThanOrEqual(MAX_BYTES)
  expect(textsOf(pages)).toEqual(texts)
  for (const [at, page] of pages.entries()) {
    const older = pages.slice(at + 1).reduce((sum, { messages }) => sum + messages.length, 0)
    expect(page.left ?? 0).toBe(older)
  }
})

test('a message that does not fit alone is cut, and said to be; its neighbours are whole', async () => {
  const large = '"'.repeat(MAX_BYTES)
  const sessionId = await sessionOf(['before', large, 'after'])
  const pages = await pagesOf(sessionId)
  const [before, cut = '', after] = textsOf(pages)
  expect([before, after]).toEqual(['before', 'after'])
  expect(cut.length).toBeGreaterThan(MAX_BYTES / 8)
  expect(large.startsWith(cut.slice(0, -1)) && cut.endsWith('…')).toBe(true)
  expect(pages.flatMap(({ shortened = [] }) => shortened)).toHaveLength(1)
})

test('pages between which the session was reverted do not add up', async () => {
  const sessionId = await sessionOf(Array.from({ length: 100 }, () => 'x'.repeat(2000)))
  const first = await ask({ sessionId, paged: true })
  await opened.sql`update messages set reverted_at = now() where session_id = ${sessionId} and seq > 40`
  const second = await ask({ sessionId, paged: true, cursor: first.nextCursor })
  expect(second.messages.length + (second.left ?? 0)).toBeLessThan(first.left ?? 0)
})

test.each([
  ['of ASCII', 'x'],
  ['of two bytes a character', 'ü'],
  ['with much that JSON escapes', '"'],
])(
  'what is exported fits into an import with a title and a project: text %s',
  async (_what, one) => {
    const largest = async (low: number, high: number): Promise<number> => {
      if (high - low <= 1) return low
      const middle = (low + high) >> 1
      const fits = await exported(one.repeat(middle), 10).catch(
        (error: { code?: string }) => error.code,
      )
      return fits === 'PAYLOAD_TOO_LARGE' ? largest(low, middle) : largest(middle, high)
    }
    const count = await largest(1, MAX_BYTES)
    const document = await exported(one.repeat(count), 10)
    const input = { document, title: 'ü'.repeat(256), project: 'p'.repeat(128) }
    const bytes = Buffer.byteLength(JSON.stringify(input))
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES)
    expect(bytes).toBeGreaterThan(MAX_BYTES - 8192)
    expect(importDocument(document).messages).toHaveLength(10)
  },
)
