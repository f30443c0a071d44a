import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../database/in-transaction.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { ensureProject } from '../projects/projects.ts'
import type { TaskRow } from '../schema/tasks/tasks.ts'
import { claimTask } from './claim-task.ts'
import { endTask } from './end-task.ts'
import type { EndTask } from './end-task.ts'
import { loadLivePlan } from './live-plan.ts'
import type { TaskHolder } from './lock-task.ts'
import { changedClaims, noteChangedClaim, readTask } from './read-claims.ts'
import { releaseEndedClaims, releaseTask, releaseTasksOfSession } from './release-task.ts'
import { reopenTask, setOpenStatus } from './set-open-status.ts'
import { syncTasks } from './sync-tasks.ts'
import type { AuthoredTask, SyncTasks } from './sync-tasks.ts'
import { takeWakeups } from './wakeups.ts'

let database: TestDatabase
let opened: Database
let accountId: string
const db = () => opened.db
const DAY_MS = 86_400_000

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url)
  accountId = (await createAccount(db(), { email: 'owner@example.com' })).id
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

/** Tasks by slug, of a new project. */
async function plan(
  tasks: Readonly<Record<string, Partial<AuthoredTask>>>,
  more: Partial<SyncTasks> = {},
) {
  const { id: projectId } = await ensureProject(db(), { slug: `p-${uuidv7()}`, ownerId: accountId })
  const sync = (given: typeof tasks, options: Partial<SyncTasks> = {}) =>
    syncTasks(db(), {
      projectId,
      tasks: Object.entries(given).map(([slug, one]) => ({ slug, name: slug, ...one })),
      ...options,
    })
  await sync(tasks, more)
  const read = async (slug: string) => must(await readTask(db(), projectId, slug))
  return { projectId, sync, read, idOf: async (slug: string) => (await read(slug)).task.id }
}

async function newSession(projectId: string, status = 'idle'): Promise<string> {
  const id = uuidv7()
  await opened.sql`insert into sessions ${opened.sql({ id, project_id: projectId, slug: id, title: 'x', status })}`
  return id
}

const account = (): TaskHolder => ({ accountId })
const claim = (taskId: string, holder: TaskHolder = account(), expiresInMs = 7 * DAY_MS) =>
  inTransaction(db(), (tx) => claimTask(tx, { taskId, holder, expiresInMs }))
const end = (
  taskId: string,
  token: number,
  status: EndTask['status'] = 'completed',
  more: Partial<EndTask> = {},
) =>
  inTransaction(db(), (tx) =>
    endTask(tx, { taskId, proof: { holder: account(), token }, status, ...more }),
  )
const tokenOf = (outcome: Awaited<ReturnType<typeof claim>>) =>
  outcome.claimed ? outcome.claim.token : Number.NaN
const openWakeups = (projectId: string) =>
  opened.sql<{ slug: string; open: boolean }[]>`
    select t.slug, w.delivered_at is null as open from task_wakeups w join tasks t on t.id = w.task_id
    where t.project_id = ${projectId} order by t.slug`

test('of 100 concurrent claims of one task one is given, and the others learn who has it', async () => {
  const { projectId, idOf, read } = await plan({ a: {} })
  const taskId = await idOf('a')
  const sessions = await Promise.all(Array.from({ length: 100 }, () => newSession(projectId)))
  const outcomes = await Promise.all(sessions.map((sessionId) => claim(taskId, { sessionId })))
  const winners = outcomes.filter((outcome) => outcome.claimed)
  expect(winners).toHaveLength(1)
  const { claim: row, task } = await read('a')
  expect(task.status).toBe('in-progress')
  expect(row).toMatchObject({ token: 1, releasedAt: null, expiresAt: null })
  expect(outcomes.filter((outcome) => !outcome.claimed)).toEqual(
    Array.from({ length: 99 }, () => ({
      claimed: false,
      reason: 'claimed',
      claim: expect.objectContaining({ sessionId: row?.sessionId }),
    })),
  )
})

test('the holder extends its claim and keeps the token, and a new holder gets a higher one', async () => {
  const { idOf } = await plan({ a: {} })
  const taskId = await idOf('a')
  const first = await claim(taskId, account(), 1000)
  const renewed = await claim(taskId)
  expect(renewed).toMatchObject({ claimed: true, renewed: true, claim: { token: 1 } })
  const expiresAt = (outcome: typeof first) =>
    outcome.claimed ? must(outcome.claim.expiresAt).getTime() : 0
  expect(expiresAt(renewed)).toBeGreaterThan(expiresAt(first) + 6 * DAY_MS)
  const proof = { holder: account(), token: 1 }
  const evidence = { branch: 'work', head: 'abc' }
  expect(
    await inTransaction(db(), (tx) =>
      releaseTask(tx, { taskId, proof, reason: 'enough', evidence }),
    ),
  ).toMatchObject({ changed: true, task: { status: 'pending', statusReason: 'enough' } })
  expect(await claim(taskId)).toMatchObject({
    renewed: false,
    claim: { token: 2, evidence: { ...evidence, holder: { accountId } } },
  })
  expect(await end(taskId, 1)).toMatchObject({ changed: false, reason: 'claim-lost' })
})

test('R23: a task that waits, overlaps or is closed is refused with the reason', async () => {
  const { projectId, idOf } = await plan({
    first: { touches: ['src/a/**'] },
    second: { dependsOn: ['first'] },
    overlapping: { touches: ['**/x.ts'] },
    lost: { dependsOn: ['nowhere'] },
    blocked: {},
  })
  await claim(await idOf('first'))
  expect(await claim(await idOf('second'))).toMatchObject({
    reason: 'waiting',
    waitsFor: ['first'],
  })
  expect(await claim(await idOf('lost'))).toMatchObject({
    reason: 'waiting',
    waitsFor: ['nowhere'],
  })
  expect(await claim(await idOf('overlapping'))).toMatchObject({
    reason: 'overlap',
    with: 'first',
    overlap: { first: '**/x.ts', second: 'src/a/**', path: 'src/a/x.ts' },
  })
  const taskId = await idOf('blocked')
  await inTransaction(db(), (tx) =>
    setOpenStatus(tx, { taskId, status: 'blocked', reason: 'no access' }),
  )
  expect(await claim(taskId)).toMatchObject({
    reason: 'closed',
    task: { status: 'blocked', statusReason: 'no access' },
  })
  const sessionId = await newSession(projectId, 'done')
  expect(await claim(taskId, { sessionId })).toMatchObject({ reason: 'session-ended' })
  expect(await claim('none')).toMatchObject({ reason: 'not-found' })
})

test('a task is compared with every one in progress, however many there are', async () => {
  const many = Array.from({ length: 1100 }, (_, n) => `t${String(n).padStart(4, '0')}`)
  const { projectId, idOf } = await plan({
    ...Object.fromEntries(many.map((slug) => [slug, { touches: [`src/${slug}/**`] }])),
    overlapping: { touches: ['docs/**', 'src/t1099/*.ts'] },
    free: { touches: ['docs/**', 'src/t1100/*.ts'] },
  })
  await opened.sql`update tasks set status = 'in-progress' where project_id = ${projectId} and slug = any(${many})`
  expect(await claim(await idOf('overlapping'))).toMatchObject({ reason: 'overlap', with: 't1099' })
  expect(await claim(await idOf('free'))).toMatchObject({ claimed: true })
  // Without a claim, the next sweep of another test would release them.
  await opened.sql`update tasks set status = 'pending' where project_id = ${projectId} and slug = any(${many})`
})

test('a comparison of globs that are made to be slow ends, and counts as an overlap', async () => {
  const slow = (end: string) => ({
    touches: Array.from({ length: 5 }, (_, n) => `*${'a*'.repeat(98)}${n}${end}?`),
  })
  const { idOf } = await plan({ first: slow('x'), second: slow('y') })
  expect(await claim(await idOf('first'))).toMatchObject({ claimed: true })
  expect(await claim(await idOf('second'))).toEqual({
    claimed: false,
    reason: 'overlap',
    with: 'first',
    overlap: undefined,
  })
})

test('of two concurrent claims of tasks that overlap one is given', async () => {
  const { idOf } = await plan({ a: { touches: ['src/**'] }, b: { touches: ['src/b.ts'] } })
  const ids = [await idOf('a'), await idOf('b')]
  const outcomes = await Promise.all(ids.map((id) => claim(id)))
  expect(outcomes.filter(({ claimed }) => claimed)).toHaveLength(1)
})

test('the completion of the last prerequisite wakes the dependent, and no other completion does', async () => {
  const { projectId, idOf } = await plan({
    a: {},
    b: {},
    c: { dependsOn: ['a', 'b'] },
    d: { dependsOn: ['a'] },
  })
  const [a, b] = [await idOf('a'), await idOf('b')]
  const tokens = [tokenOf(await claim(a)), tokenOf(await claim(b))]
  expect(await end(a, must(tokens[0]))).toMatchObject({ ready: [{ slug: 'd' }] })
  expect(await end(b, must(tokens[1]), 'completed', { result: { text: 'done' } })).toMatchObject({
    task: { status: 'completed', completions: 1, result: { text: 'done' } },
    ready: [{ slug: 'c' }],
  })
  expect(await openWakeups(projectId)).toEqual([
    { slug: 'c', open: false },
    { slug: 'c', open: true },
    { slug: 'd', open: true },
  ])
  const taken = await Promise.all(Array.from({ length: 8 }, () => takeWakeups(db())))
  expect(
    taken
      .flat()
      .filter((one) => one.projectId === projectId)
      .map(({ slug, completedSlug }) => `${slug} after ${completedSlug}`)
      .toSorted(),
  ).toEqual(['c after b', 'd after a'])
})

test('concurrent completions of all prerequisites wake the dependent once', async () => {
  const slugs = Array.from({ length: 12 }, (_, n) => `t${n}`)
  const { projectId, idOf } = await plan({
    ...Object.fromEntries(slugs.map((slug) => [slug, {}])),
    last: { dependsOn: slugs },
  })
  const ids = await Promise.all(slugs.map(idOf))
  await Promise.all(ids.map((id) => claim(id)))
  const ends = await Promise.all(ids.map((id) => end(id, 1)))
  expect(ends.flatMap((one) => (one.changed ? one.ready : []))).toEqual([
    expect.objectContaining({ slug: 'last' }),
  ])
  expect((await openWakeups(projectId)).filter(({ open }) => open)).toHaveLength(1)
})

test('a reopened task wakes its dependents again with its next completion', async () => {
  const { projectId, idOf, read } = await plan({ a: {}, b: { dependsOn: ['a'] } })
  const a = await idOf('a')
  await end(a, tokenOf(await claim(a)))
  await claim(await idOf('b'))
  expect(await inTransaction(db(), (tx) => reopenTask(tx, a, 'wrong'))).toMatchObject({
    changed: true,
    affected: ['b'],
    task: { status: 'pending', statusReason: 'wrong', completedAt: null },
  })
  const b = await read('b')
  await inTransaction(db(), (tx) =>
    releaseTask(tx, { taskId: b.task.id, reason: 'prerequisite reopened' }),
  )
  expect(await claim(b.task.id)).toMatchObject({ reason: 'waiting' })
  expect(await end(a, tokenOf(await claim(a)))).toMatchObject({ ready: [{ slug: 'b' }] })
  expect(await openWakeups(projectId)).toHaveLength(2)
  expect(await inTransaction(db(), (tx) => reopenTask(tx, b.task.id, 'x'))).toMatchObject({
    reason: 'status',
  })
})

test('a task with checks is completed only after all of them passed in the latest run under the claim', async () => {
  const check = { name: 'types', command: 'npm run types' }
  const { idOf, sync } = await plan({ a: { checks: [check] } })
  const taskId = await idOf('a')
  const token = tokenOf(await claim(taskId))
  // The checks at the claim count: a change of the file while the work goes on does not remove them.
  await sync({ a: {} })
  const complete = () => end(taskId, token, 'completed', { requireChecks: true })
  expect(await complete()).toMatchObject({ reason: 'checks', missing: ['types'] })
  const run = (status: string, claimToken: number) =>
    opened.sql`insert into task_checks ${opened.sql({
      id: uuidv7(),
      task_id: taskId,
      run_id: uuidv7(),
      idx: 0,
      claim_token: claimToken,
      ...check,
      timeout_ms: 1000,
      status,
      ended_at: new Date().toISOString(),
    })}`
  await run('passed', token + 1)
  expect(await complete()).toMatchObject({ reason: 'checks' })
  await run('passed', token)
  await run('failed', token)
  expect(await complete()).toMatchObject({ reason: 'checks' })
  await run('passed', token)
  expect(await complete()).toMatchObject({ changed: true })
})

test('the end of a session gives its tasks back with what it leaves', async () => {
  const { projectId, idOf, read } = await plan({ a: {}, b: {} })
  const sessionId = await newSession(projectId)
  for (const slug of ['a', 'b']) await claim(await idOf(slug), { sessionId })
  const released = await inTransaction(db(), async (tx) =>
    releaseTasksOfSession(tx, sessionId, 'The session is aborted.', { head: 'abc' }),
  )
  expect(released.map(({ slug, status }) => [slug, status])).toEqual([
    ['a', 'pending'],
    ['b', 'pending'],
  ])
  expect((await read('a')).claim).toMatchObject({
    sessionId: null,
    releaseReason: 'The session is aborted.',
    evidence: { head: 'abc', holder: { sessionId } },
  })
})

test('the sweep releases what is over and nothing else', async () => {
  const { projectId, idOf, read } = await plan({ expired: {}, final: {}, lost: {}, live: {} })
  const sessionId = await newSession(projectId)
  await claim(await idOf('expired'), account(), -1)
  await claim(await idOf('final'), { sessionId })
  await claim(await idOf('live'))
  await claim(await idOf('lost'))
  await opened.sql`update sessions set status = 'failed' where id = ${sessionId}`
  await opened.sql`delete from task_claims where task_id = ${await idOf('lost')}`
  const swept = await Promise.all([releaseEndedClaims(db()), releaseEndedClaims(db())])
  const slugs = swept.flat().filter((task) => task.projectId === projectId)
  expect(slugs.map(({ slug }) => slug).toSorted()).toEqual(['expired', 'final', 'lost'])
  expect((await read('live')).task.status).toBe('in-progress')
  expect((await read('expired')).task.statusReason).toBe('The time of the claim is over.')
})

test('a change of the text of a claimed task is noted once', async () => {
  const { projectId, idOf, sync } = await plan({ a: { body: 'one' } })
  const sessionId = await newSession(projectId)
  await claim(await idOf('a'), { sessionId })
  await sync({ a: { body: 'one', tags: ['x'] } })
  expect(await changedClaims(db(), projectId)).toEqual([])
  await sync({ a: { body: 'two' } })
  const [changed] = await changedClaims(db(), projectId)
  const noted = await Promise.all(
    Array.from({ length: 4 }, () =>
      inTransaction(db(), (tx) => noteChangedClaim(tx, must(changed))),
    ),
  )
  expect(noted.filter(Boolean)).toHaveLength(1)
  expect(await changedClaims(db(), projectId)).toEqual([])
})

test('prune keeps claimed tasks and names them', async () => {
  const { idOf, sync } = await plan({ a: {}, b: {}, c: {} })
  await claim(await idOf('a'))
  expect(await sync({ c: {} }, { prune: true })).toMatchObject({ removed: 1, kept: ['a'] })
})

test('statuses of files are imported for tasks that never had one of their own', async () => {
  const { idOf, sync, read } = await plan({ a: {}, b: {}, c: {}, d: { dependsOn: ['a'] } })
  await claim(await idOf('b'))
  const statuses = new Map(
    (['a', 'b', 'c'] as const).map((slug) => [
      slug,
      slug === 'c' ? ('in-progress' as const) : ('completed' as const),
    ]),
  )
  const again = () => sync({ a: {}, b: {}, c: {} }, { statuses })
  expect(await again()).toMatchObject({ statusesImported: 1 })
  expect(await again()).toMatchObject({ statusesImported: 0 })
  expect((await read('a')).task).toMatchObject({ status: 'completed', completions: 1 })
  expect((await read('b')).task.status).toBe('in-progress')
  expect((await read('c')).task.status).toBe('pending')
  expect(await claim(await idOf('d'))).toMatchObject({ claimed: true })
})

test('the live plan has what the analyses need, and the dependencies on tasks that do not exist', async () => {
  const { projectId } = await plan({
    a: { risk: 'high', touches: ['x'], estimate: 2 },
    b: { dependsOn: ['a', 'nowhere'] },
  })
  const { tasks, edges, unresolved } = await loadLivePlan(db(), projectId)
  expect(tasks).toEqual([
    {
      id: expect.any(String),
      slug: 'a',
      name: 'a',
      status: 'pending',
      risk: 'high',
      touches: ['x'],
      estimate: 2,
    },
    { id: expect.any(String), slug: 'b', name: 'b', status: 'pending' },
  ])
  expect(edges).toEqual([{ from: 'a', to: 'b' }])
  expect(unresolved).toEqual([{ from: 'nowhere', to: 'b' }])
})

test('in random interleavings of workers that are killed, each task is completed once and each dependent woken once', async () => {
  const shape = fc.record({
    // Task n depends on some of the tasks before it.
    edges: fc.array(fc.array(fc.nat(5), { maxLength: 3 }), { minLength: 3, maxLength: 6 }),
    // What a worker does with a claim that it got: it completes the task, gives it back, or is killed in the transaction of the end.
    acts: fc.array(fc.constantFrom('complete', 'complete', 'release', 'kill'), {
      minLength: 10,
      maxLength: 20,
    }),
  })
  await fc.assert(
    fc.asyncProperty(shape, async ({ edges, acts }) => {
      const slugs = edges.map((_, n) => `t${n}`)
      const dependsOn = (n: number) => [
        ...new Set((edges[n] ?? []).filter((one) => one < n).map((one) => `t${one}`)),
      ]
      const { projectId, idOf } = await plan(
        Object.fromEntries(slugs.map((slug, n) => [slug, { dependsOn: dependsOn(n) }])),
      )
      const ids = await Promise.all(slugs.map(idOf))
      const queue = [...acts]
      let finished = 0
      const worker = async (): Promise<void> => {
        for (let round = 0; round < 60 && finished < ids.length; round += 1)
          for (const taskId of ids) {
            const sessionId = await newSession(projectId)
            const holder = { sessionId }
            const outcome = await claim(taskId, holder)
            if (!outcome.claimed) continue
            const proof = { holder, token: outcome.claim.token }
            const act = queue.pop() ?? 'complete'
            if (act === 'release')
              await inTransaction(db(), (tx) => releaseTask(tx, { taskId, proof, reason: 'x' }))
            else if (act === 'kill') {
              // The transaction is rolled back; the session fails, and the sweep of another process finds the claim.
              await inTransaction(db(), async (tx) => {
                await endTask(tx, { taskId, proof, status: 'completed' })
                throw new Error('killed')
              }).catch(() => undefined)
              await opened.sql`update sessions set status = 'failed' where id = ${sessionId}`
              await releaseEndedClaims(db())
            } else {
              const done = await inTransaction(db(), (tx) =>
                endTask(tx, { taskId, proof, status: 'completed' }),
              )
              if (done.changed) finished += 1
            }
          }
      }
      await Promise.all([worker(), worker(), worker()])
      expect(finished).toBe(ids.length)
      const rows = await opened.sql<TaskRow[]>`
        select status, completions from tasks where project_id = ${projectId}`
      expect(rows.every((row) => row.status === 'completed' && row.completions === 1)).toBe(true)
      const taken = (await Promise.all([takeWakeups(db()), takeWakeups(db())]))
        .flat()
        .filter((one) => one.projectId === projectId)
        .map(({ slug }) => slug)
      const expected = slugs.filter((_, n) => dependsOn(n).length > 0)
      expect(taken.toSorted()).toEqual(expected.toSorted())
    }),
    { numRuns: 8 },
  )
})
