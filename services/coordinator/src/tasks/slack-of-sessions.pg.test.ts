import { must, uuidv7 } from '@alkdev/std'
import {
  createAccount,
  ensureProject,
  inTransaction,
  openDatabase,
  syncTasks,
} from '@alkdev/storage'
import { claimTask, readTask } from '@alkdev/storage/tasks'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { LivePlans } from './live-plans.ts'
import { slackOfSessions } from './slack-of-sessions.ts'

test('a session on the longest chain has no slack, one beside it has, and one without a task is left out', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url, { max: 2 })
  const { db, sql } = database
  const { id: ownerId } = await createAccount(db, { email: `${uuidv7()}@example.com` })
  const { id: projectId } = await ensureProject(db, { slug: 'plan', ownerId })
  const tasks = [
    { slug: 'a', name: 'A' },
    { slug: 'b', name: 'B', dependsOn: ['a'] },
    { slug: 'beside', name: 'Beside' },
  ]
  await syncTasks(db, { projectId, tasks })
  const sessionOn = async (slug?: string): Promise<string> => {
    const id = uuidv7()
    await sql`insert into sessions ${sql({ id, project_id: projectId, slug: id, title: 'x', status: 'idle' })}`
    if (slug === undefined) return id
    const taskId = must(await readTask(db, projectId, slug)).task.id
    const wanted = { taskId, holder: { sessionId: id }, expiresInMs: 60_000 }
    expect(await inTransaction(db, (tx) => claimTask(tx, wanted))).toMatchObject({ claimed: true })
    return id
  }
  const [onChain, beside, idle] = [
    await sessionOn('a'),
    await sessionOn('beside'),
    await sessionOn(),
  ]
  const slack = await slackOfSessions({ db, plans: new LivePlans(db) }, [onChain, beside, idle])
  expect(slack.get(onChain)).toBe(0)
  expect(slack.get(beside)).toBeGreaterThan(0)
  expect(slack.has(idle)).toBe(false)
})
