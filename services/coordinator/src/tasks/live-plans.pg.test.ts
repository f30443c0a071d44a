import { uuidv7 } from '@alkdev/std'
import { createAccount, openDatabase } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { readPlanVersion } from '@alkdev/storage/tasks'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LivePlans } from './live-plans.ts'

let postgres: TestDatabase
let database: Database
let ownerId: string
beforeAll(async () => {
  postgres = await createTestDatabase()
  database = await openDatabase(postgres.url, { max: 2 })
  ownerId = (await createAccount(database.db, { email: 'planner@example.com' })).id
})
afterAll(async () => {
  await database?.close()
  await postgres?.[Symbol.asyncDispose]()
})

async function newProject(): Promise<string> {
  const id = uuidv7()
  await database.sql`insert into projects (id, slug, name, owner_id) values (${id}, ${`p${id}`}, 'Plan', ${ownerId})`
  return id
}
const addTask = async (projectId: string, slug: string): Promise<string> => {
  const id = uuidv7()
  await database.sql`insert into tasks (id, project_id, slug, name) values (${id}, ${projectId}, ${slug}, ${slug})`
  return id
}

test('a kept plan is read again after each kind of change, and only then', async () => {
  const { db, sql } = database
  const plans = new LivePlans(db)
  const project = await newProject()
  expect((await plans.of(project)).tasks).toEqual([])
  const a = await addTask(project, 'a')
  const b = await addTask(project, 'b')
  const seen = async () => {
    const { tasks, edges } = await plans.of(project)
    return [
      ...tasks.map(({ slug, status }) => `${slug} ${status}`),
      ...edges.map(({ from, to }) => `${from} before ${to}`),
    ]
  }
  expect(await seen()).toEqual(['a pending', 'b pending'])
  const before = await plans.of(project)
  expect((await plans.of(project)).tasks).toBe(before.tasks)
  await addTask(await newProject(), 'of another project')
  expect((await plans.of(project)).tasks).toBe(before.tasks)

  await sql`insert into task_dependencies (id, project_id, dependent_task_id, depends_on_task_id)
    values (${uuidv7()}, ${project}, ${b}, ${a})`
  expect(await seen()).toEqual(['a pending', 'b pending', 'a before b'])
  await sql`update tasks set status = 'completed', completed_at = now() where id = ${a}`
  expect(await seen()).toEqual(['a completed', 'b pending', 'a before b'])
  await sql`update task_dependencies set quality_retention = 0.5 where dependent_task_id = ${b}`
  expect((await plans.of(project)).edges).toEqual([{ from: 'a', to: 'b', qualityRetention: 0.5 }])
  await sql`delete from task_dependencies where dependent_task_id = ${b}`
  await sql`delete from tasks where id = ${a}`
  expect(await seen()).toEqual(['b pending'])
})

test('what the caller changes in a graph is not in the next one', async () => {
  const plans = new LivePlans(database.db)
  const project = await newProject()
  await addTask(project, 'a')
  ;(await plans.of(project)).graph.addTask('mine', { name: 'mine' })
  expect((await plans.of(project)).graph.getTask('mine')).toBeUndefined()
})

test('a project is deleted with its plan', async () => {
  const project = await newProject()
  await addTask(project, 'a')
  expect(await readPlanVersion(database.db, project)).toBe(1)
  await database.sql`delete from projects where id = ${project}`
  expect(await readPlanVersion(database.db, project)).toBe(0)
})
