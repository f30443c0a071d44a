import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { ensureProject } from '../projects/projects.ts'
import { createWorkspace, updateWorkspace } from '../projects/workspaces.ts'
import { readWorktreeProblems, recordProcesses, recordWorktrees } from './inventory.ts'
import { readInvariants } from './read-invariants.ts'

const OWN = 's-0123456789abcdef'

test('worktrees are compared with the workspaces of their spoke, and an orphan that lasts breaks an invariant', async () => {
  await using postgres = await createTestDatabase()
  await using opened = await openDatabase(postgres.url, { max: 2 })
  const { db, sql } = opened
  const ownerId = (await createAccount(db, { email: 'a@example.com' })).id
  const projectId = (await ensureProject(db, { slug: 'p', ownerId })).id
  const spokeId = uuidv7()
  await sql`insert into spokes ${sql({ id: spokeId, name: 'desk', spoke_type: 'dev-env', owner_id: ownerId, status: 'disconnected', disconnected_at: '2026-01-01T00:00:00Z' })}`
  const workspace = (name: string) =>
    createWorkspace(db, { projectId, spokeId, name, worktree: name, branch: name })
  const ids = []
  // oxlint-disable-next-line no-await-in-loop -- in this order
  for (const name of ['sound', 'gone', 'other', 'past']) ids.push(await workspace(name))
  await updateWorkspace(db, must(ids[3]), { status: 'archived' })
  const tree = (name: string, more: object = {}) => ({
    ...{
      name,
      branch: name,
      head: 'c',
      locked: false,
      missing: false,
      changed: 0,
      diskBytes: 4096,
    },
    ...more,
  })
  const seen = [
    tree('sound'),
    tree('other', { branch: 'else' }),
    tree('past'),
    tree(OWN),
    tree('by-hand', { changed: 2 }),
  ]
  await recordWorktrees(db, spokeId, seen)
  const problems = await readWorktreeProblems(db, spokeId, 0)
  expect(problems.map(({ name, problem, dirty }) => [name, problem, dirty])).toEqual([
    ['gone', 'no-tree', null],
    ['other', 'branch', false],
    ['past', 'archived', false],
    [OWN, 'no-row', false],
  ])
  expect(await readWorktreeProblems(db, spokeId, 60_000)).toEqual([])
  await sql`update worktree_inventory set created_at = now() - interval '1 hour'`
  expect(await readInvariants(db, 1000)).toMatchObject({ worktreesWithoutRow: 1 })
  // A problem that lasts keeps its time; what is gone leaves no row.
  await recordWorktrees(db, spokeId, [tree('sound'), tree('gone'), tree(OWN, { changed: 1 })])
  expect(await readWorktreeProblems(db, spokeId, 60_000)).toMatchObject([
    { name: OWN, problem: 'no-row', dirty: true },
  ])
  expect(await readInvariants(db, 1000)).toMatchObject({ worktreesWithoutRow: 0 })
  const rows = await sql`select name from worktree_inventory order by name`
  expect(rows.map(({ name }) => name as string)).toEqual(['gone', 'other', OWN, 'sound'])
})

test('a worktree that another spoke of the same folder made has a workspace', async () => {
  await using postgres = await createTestDatabase()
  await using opened = await openDatabase(postgres.url, { max: 2 })
  const { db, sql } = opened
  const ownerId = (await createAccount(db, { email: 'a@example.com' })).id
  const projectId = (await ensureProject(db, { slug: 'p', ownerId })).id
  const [maker, other] = [uuidv7(), uuidv7()]
  for (const [id, name] of [
    [maker, 'maker'],
    [other, 'other'],
  ] as const)
    // oxlint-disable-next-line no-await-in-loop -- two
    await sql`insert into spokes ${sql({ id, name, spoke_type: 'dev-env', owner_id: ownerId, status: 'disconnected', disconnected_at: '2026-01-01T00:00:00Z' })}`
  const workspace = { projectId, name: OWN, worktree: OWN, branch: OWN }
  const workspaceId = await createWorkspace(db, { ...workspace, spokeId: maker })
  const seen = { name: OWN, branch: OWN, head: 'c', locked: false, missing: false }
  await recordWorktrees(db, other, [{ ...seen, changed: 0, diskBytes: 1 }])
  expect(await readWorktreeProblems(db, other, 0)).toEqual([])
  await updateWorkspace(db, must(workspaceId), { status: 'archived' })
  await recordWorktrees(db, other, [{ ...seen, changed: 0, diskBytes: 1 }])
  expect(await readWorktreeProblems(db, other, 0)).toEqual([])
})

test('process groups are stored while they run, and sessions that ended with some are named', async () => {
  await using postgres = await createTestDatabase()
  await using opened = await openDatabase(postgres.url, { max: 2 })
  const { db, sql } = opened
  const ownerId = (await createAccount(db, { email: 'a@example.com' })).id
  const projectId = (await ensureProject(db, { slug: 'p', ownerId })).id
  const spokeId = uuidv7()
  await sql`insert into spokes ${sql({ id: spokeId, name: 'desk', spoke_type: 'dev-env', owner_id: ownerId, status: 'disconnected', disconnected_at: '2026-01-01T00:00:00Z' })}`
  const [live, ended] = [uuidv7(), uuidv7()]
  for (const [id, status] of [
    [live, 'idle'],
    [ended, 'aborted'],
  ] as const)
    // oxlint-disable-next-line no-await-in-loop -- two
    await sql`insert into sessions ${sql({ id, project_id: projectId, slug: id, title: 'x', status })}`
  const group = (processId: string, sessionId: string | null) => ({
    ...{ processId, sessionId, worktree: null, command: 'sleep', processes: 1 },
  })
  const groups = [group('1', live), group('2', ended), group('3', 'no-such-session')]
  expect(await recordProcesses(db, spokeId, groups, -1000)).toEqual([ended])
  expect(await recordProcesses(db, spokeId, groups, 60_000)).toEqual([])
  expect(await recordProcesses(db, spokeId, [group('1', live)], -1000)).toEqual([])
  const rows = await sql`select process_id as id, session_id as session from spoke_processes`
  expect([...rows]).toEqual([{ id: '1', session: live }])
})
