import { sleep, uuidv7 } from '@alkdev/std'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { emptyRedis } from '../torture/queue/queue-chaos.ts'
import { RETRY_CLASSES } from '../torture/sessions/counting-spoke.ts'
import { addHeldProvider, startSessionStack } from '../torture/sessions/session-stack.ts'
import type { SessionStack } from '../torture/sessions/session-stack.ts'
import { joinedText, misplaced, watchWithCuts } from '../torture/sessions/watchers.ts'
import type { Replica } from '../torture/stack.ts'

const PIECES = 100
/** After every tenth piece one session loses its coordinator. */
const AT = Array.from({ length: PIECES / 10 }, (_, index) => (index + 1) * 10 - 1)
/** Events after which every other watcher loses its connection. */
const CUT_EVERY = 5
/** Turns whose coordinator is killed. */
const TAKEN_OVER = 250

const disposables = new AsyncDisposableStack()
let sessions: SessionStack
let owner: Replica
let gateways: readonly string[]

beforeAll(async () => {
  sessions = disposables.use(await startSessionStack())
  const { stack } = sessions
  owner = await stack.add('coordinator')
  await addHeldProvider(sessions)
  gateways = [stack.gateway.url, (await stack.add('gateway')).url]
}, 180_000)
afterAll(() => disposables.disposeAsync())

test('R5, R6: of a text whose coordinators are killed after every tenth piece, 20 watchers of other replicas join what is stored', async () => {
  const { stack, model, create, settled, lastText, database } = sessions
  const all = AT.map((at) => ({ at, id: uuidv7(), prompt: `text ${PIECES} ${uuidv7()}` }))
  const hold = (atOf: (at: number) => number): void => {
    for (const { at, prompt } of all) model.holdEachAt(prompt, atOf(at))
  }
  const asked = (prompt: string) => model.requests.filter((one) => one.prompt === prompt)
  /** The last of more than `before` answers stands at its piece: one before it may seem to stand until its end is noticed. */
  const untilHeld = (before: readonly number[], atOf: (at: number) => number) =>
    vi.waitUntil(
      () =>
        all.every(({ at, prompt }, index) => {
          const answers = asked(prompt)
          const isNew = answers.length > (before[index] ?? 0)
          return isNew && model.isHeld(prompt) && answers.at(-1)?.sent === atOf(at)
        }),
      { timeout: 90_000 },
    )
  hold((at) => at)
  await Promise.all(all.map(({ id, prompt }) => create(id, prompt)))
  await untilHeld([], (at) => at)
  // The coordinators that the watchers are moved to, and that take the sessions over.
  const second = await stack.add('coordinator')
  const watched = all.map(({ id }) =>
    gateways.map((gateway, index) =>
      watchWithCuts(gateway, stack.key, id, index === 0 ? Infinity : CUT_EVERY),
    ),
  )
  const watchers = watched.flat()
  expect(watchers).toHaveLength(20)
  disposables.defer(() => {
    for (const watcher of watchers) watcher.close()
  })
  await Promise.all(watchers.map((watcher) => watcher.until(({ type }) => type === 'snapshot')))
  hold((at) => PIECES - 1 - at)
  await owner.machine.kill()
  await untilHeld(
    all.map(({ prompt }) => asked(prompt).length),
    (at) => PIECES - 1 - at,
  )
  owner = await stack.add('coordinator')
  hold(() => Infinity)
  await second.machine.kill()
  await Promise.all(watchers.map((watcher) => watcher.until(({ type }) => type === 'turn.ended')))
  for (const [index, { id, prompt }] of all.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- ten
    expect(await settled(id)).toMatchObject({ endReason: 'completed' })
    // oxlint-disable-next-line no-await-in-loop -- ten
    const stored = await lastText(id)
    expect(stored).toMatch(/^word 0\. .*word 99\. $/s)
    // Two of the coordinators that were killed; one that had no processor for the length of a lease loses its sessions, too.
    // oxlint-disable-next-line no-await-in-loop -- ten
    const [steps] = await database.sql<{ dropped: number }[]>`
      select count(*)::int as dropped from turn_steps where session_id = ${id} and status = 'dropped'`
    const dropped = steps?.dropped ?? 0
    expect(dropped).toBeGreaterThanOrEqual(2)
    // Each takeover asks the model once at most.
    expect(asked(prompt).length).toBeGreaterThanOrEqual(3)
    expect(asked(prompt).length).toBeLessThanOrEqual(dropped + 1)
    for (const watcher of watched[index] ?? []) {
      const events = watcher.events()
      expect(joinedText(events)).toBe(stored)
      expect(misplaced(events)).toEqual([])
      expect(events.filter(({ type }) => type === 'step.reset')).toHaveLength(dropped)
    }
  }
}, 300_000)

test('a Redis that is emptied and a PostgreSQL that restarts in the middle of turns cost no text and repeat no effect', async () => {
  const { stack, model, spoke, create, settled, lastText, database } = sessions
  const text = { id: uuidv7(), prompt: `text ${PIECES} ${uuidv7()}` }
  const tools = RETRY_CLASSES.map((retry) => ({
    retry,
    id: uuidv7(),
    prompt: `${retry} emptied ${uuidv7()}`,
  }))
  model.holdAt(text.prompt, PIECES / 2)
  for (const { prompt } of tools) spoke.hold(prompt)
  await Promise.all([text, ...tools].map(({ id, prompt }) => create(id, prompt)))
  const startsOf = (prompt: string) => spoke.starts.filter((one) => one.prompt === prompt)
  await vi.waitUntil(
    () => model.isHeld(text.prompt) && tools.every(({ prompt }) => startsOf(prompt).length > 0),
    { timeout: 60_000 },
  )
  const watchers = gateways.map((gateway) => watchWithCuts(gateway, stack.key, text.id))
  disposables.defer(() => {
    for (const watcher of watchers) watcher.close()
  })
  await Promise.all(watchers.map((watcher) => watcher.until(({ type }) => type === 'snapshot')))
  await emptyRedis(stack)
  const back = stack.restartPostgres(1000)
  // The calls end while nothing can be stored.
  await sleep(300)
  for (const { prompt } of tools) spoke.letGo(prompt)
  model.letGo()
  await back
  await Promise.all(watchers.map((watcher) => watcher.until(({ type }) => type === 'turn.ended')))
  expect(await settled(text.id)).toMatchObject({ endReason: 'completed' })
  const stored = await lastText(text.id)
  expect(stored).toMatch(/^word 0\. .*word 99\. $/s)
  for (const watcher of watchers) {
    expect(joinedText(watcher.events())).toBe(stored)
    expect(misplaced(watcher.events())).toEqual([])
  }
  for (const { id, prompt, retry } of tools) {
    // oxlint-disable-next-line no-await-in-loop -- three
    expect(await settled(id)).toMatchObject({ endReason: 'completed' })
    // oxlint-disable-next-line no-await-in-loop -- three
    const rows = await database.sql<{ status: string }[]>`
      select status, output, error from tool_calls where session_id = ${id}`
    const done = { status: 'done', output: JSON.stringify({ done: prompt }), error: null }
    // On a slow machine the leases of Redis may end: then the spoke counts as lost.
    const ends = retry === 'never' && rows[0]?.status === 'unknown' ? rows : [done]
    const repeats = retry === 'safe' ? 0 : spoke.effects(prompt) - 1
    expect([prompt, rows, repeats]).toEqual([prompt, ends, 0])
  }
}, 300_000)

test('R3: a PostgreSQL that restarts 0.2 s into the takeover of 250 turns keeps none of them from its end', async () => {
  const { stack, model, create, database } = sessions
  const all = Array.from({ length: TAKEN_OVER }, () => ({
    id: uuidv7(),
    prompt: `text 3 ${uuidv7()}`,
  }))
  const ids = all.map(({ id }) => id)
  for (const { prompt } of all) model.holdAt(prompt, 1)
  const left = [...all]
  const createSome = async (): Promise<void> => {
    for (let one = left.pop(); one !== undefined; one = left.pop())
      // oxlint-disable-next-line no-await-in-loop -- a few at a time
      await create(one.id, one.prompt)
  }
  await Promise.all(Array.from({ length: 16 }, createSome))
  await vi.waitUntil(() => all.every(({ prompt }) => model.isHeld(prompt)), { timeout: 90_000 })
  await owner.machine.kill()
  owner = await stack.add('coordinator')
  await vi.waitFor(
    async () => {
      const [row] = await database.sql<{ count: number }[]>`
        select count(*)::int as count from sessions where id = any(${ids}) and turn_token > 1`
      expect(row?.count).toBeGreaterThan(0)
    },
    { timeout: 60_000, interval: 20 },
  )
  await sleep(200)
  await stack.restartPostgres(0)
  await vi.waitFor(
    async () => {
      const ends = await database.sql`
        select status, end_reason as reason, count(*)::int as count from sessions
        where id = any(${ids}) group by 1, 2`
      expect(ends).toEqual([{ status: 'idle', reason: 'completed', count: TAKEN_OVER }])
    },
    { timeout: 180_000, interval: 500 },
  )
  const [stored] = await database.sql`
    select count(*)::int as messages, count(distinct session_id)::int as sessions
    from messages where session_id = any(${ids}) and role = 'assistant'`
  expect(stored).toEqual({ messages: TAKEN_OVER, sessions: TAKEN_OVER })
}, 420_000)
