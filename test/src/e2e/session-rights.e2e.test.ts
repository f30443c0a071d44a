import { must, uuidv7 } from '@alkdev/std'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call } from '../http.ts'
import { addHeldProvider, startSessionStack } from '../torture/sessions/session-stack.ts'
import type { SessionStack } from '../torture/sessions/session-stack.ts'
import type { Replica } from '../torture/stack.ts'

const disposables = new AsyncDisposableStack()
let sessions: SessionStack
let owner: Replica

beforeAll(async () => {
  sessions = disposables.use(await startSessionStack())
  owner = await sessions.stack.add('coordinator')
  await addHeldProvider(sessions)
}, 180_000)
afterAll(() => disposables.disposeAsync())

/** A key of the account of the stack. */
async function as(...scopes: string[]) {
  const { ok, stack } = sessions
  const { keyId, key } = await ok<{ keyId: string; key: string }>('keys.create', {
    name: uuidv7(),
    scopes: ['sessions:*', 'inference:use', ...scopes],
  })
  const own = (operationId: string, input: object) =>
    call({ gateway: stack.gateway.url }, { key }, operationId, input)
  return { keyId, own }
}

test('calls of turns that lost their rights, or were stopped, while no coordinator watched them end at the spoke', async () => {
  const { spoke, ok, settled, database } = sessions
  const [narrowed, revoked, stopped] = [await as('t:use'), await as(), await as()]
  const turns = [
    { ...narrowed, id: uuidv7(), prompt: `scoped rights ${uuidv7()}` },
    { ...revoked, id: uuidv7(), prompt: `never revoked ${uuidv7()}` },
    { ...stopped, id: uuidv7(), prompt: `never stopped ${uuidv7()}` },
  ] as const
  for (const { own, id, prompt } of turns) {
    spoke.hold(prompt)
    const input = { sessionId: id, model: 'held/held', prompt, title: prompt }
    // oxlint-disable-next-line no-await-in-loop -- three
    expect((await own('sessions.create', input)).body).toMatchObject({ data: { sessionId: id } })
  }
  await vi.waitUntil(
    () => turns.every(({ prompt }) => spoke.starts.some((start) => start.prompt === prompt)),
    { timeout: 60_000 },
  )
  await owner.machine.kill()
  await ok('keys.update', { keyId: narrowed.keyId, scopes: ['sessions:*', 'inference:use'] })
  await ok('keys.revoke', { keyId: revoked.keyId })
  await database.sql`
    update sessions set abort_requested_at = now(), abort_reason = 'Enough.' where id = ${turns[2].id}`
  owner = await sessions.stack.add('coordinator')
  await vi.waitFor(
    () => expect([...spoke.aborted]).toEqual(expect.arrayContaining(turns.map((t) => t.prompt))),
    { timeout: 60_000, interval: 200 },
  )
  expect(await settled(turns[0].id)).toMatchObject({ endReason: 'completed' })
  const ends = await Promise.all(
    turns.map(async ({ id }) => {
      const rows = await database.sql<{ status: string; error: string | null }[]>`
        select status, error from tool_calls where session_id = ${id}`
      const { status, error } = must(rows[0])
      const { code, details } = JSON.parse(must(error)) as { code: string; details?: object }
      return { status, code, details }
    }),
  )
  const details = { outcome: 'unknown' }
  expect(ends).toMatchObject([
    { status: 'denied', code: 'ACCESS_DENIED', details },
    { status: 'cancelled', code: 'ABORTED', details },
    { status: 'cancelled', code: 'ABORTED', details },
  ])
  for (const { prompt } of turns)
    expect(spoke.starts.filter((start) => start.prompt === prompt)).toHaveLength(1)
}, 240_000)

test('what a spoke calls on behalf of a turn goes on when the key of the turn is rotated', async () => {
  const { spoke, ok, settled } = sessions
  const { keyId, own } = await as()
  const turn = { id: uuidv7(), prompt: `never rotated ${uuidv7()}` }
  spoke.hold(turn.prompt)
  await own('sessions.create', {
    ...{ sessionId: turn.id, model: 'held/held', prompt: turn.prompt, title: 'rotated' },
  })
  await vi.waitUntil(() => spoke.starts.some(({ prompt }) => prompt === turn.prompt), {
    timeout: 60_000,
  })
  await ok('keys.rotate', { keyId })
  await vi.waitUntil(
    async () => (await own('sessions.get', { sessionId: turn.id })).status === 401,
    {
      timeout: 30_000,
    },
  )
  const below = await spoke.callBelow(turn.prompt, 't.safe', { prompt: uuidv7() })
  expect(below.type).toBe('call.responded')
  spoke.letGo(turn.prompt)
  expect(await settled(turn.id)).toMatchObject({ endReason: 'completed' })
}, 120_000)
