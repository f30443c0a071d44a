import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { createApiKey, revokeApiKey } from '../identity/api-keys.ts'
import { ensureProject } from '../projects/projects.ts'
import { createWorkspace, updateWorkspace } from '../projects/workspaces.ts'
import {
  findSpokesToLookAt,
  readWorktreeProblems,
  recordProcesses,
  recordWorktrees,
} from './inventory.ts'
import { readInvariants } from './read-invariants.ts'

const OWN = 's-0123456789abcdef'
const OWNER = '0198c0de-0000-7000-0123-456789abcdef'

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
  const made = { project_id: projectId, title: 'x', status: 'failed', spawn_step: 'claimed' }
  await sql`insert into sessions ${sql({ ...made, id: OWNER, slug: OWNER })}`
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
    tree('sound', { ahead: 2, ports: { first: 28_000, last: 28_009 } }),
    tree('other', { branch: 'else' }),
    tree('past'),
    tree(OWN),
    // Of a session of another hub.
    tree('s-00000000000000aa'),
    tree('by-hand', { changed: 2 }),
  ]
  await recordWorktrees(db, spokeId, seen)
  const problems = await readWorktreeProblems(db, spokeId, 0)
  expect(problems.map(({ name, problem, dirty }) => [name, problem, dirty])).toEqual([
    // What can be removed is first.
    [OWN, 'no-row', false],
    ['gone', 'no-tree', null],
    ['other', 'branch', false],
    ['past', 'archived', false],
  ])
  expect(await readWorktreeProblems(db, spokeId, 60_000)).toEqual([])
  const known = () => sql`select name, data from workspaces where data is not null`
  const ports = { first: 28_000, last: 28_009 }
  expect([...(await known())]).toEqual([{ name: 'sound', data: { ahead: 2, ports } }])
  await recordWorktrees(db, spokeId, [tree('sound', { ahead: 3 })], { isComplete: false })
  expect([...(await known())]).toEqual([{ name: 'sound', data: { ahead: 3, ports } }])
  await sql`update worktree_inventory set created_at = now() - interval '1 hour'`
  // An unavailable spoke can't remove it.
  expect(await readInvariants(db, 1000)).toMatchObject({ worktreesWithoutRow: 0 })
  await sql`update spokes set status = 'connected', instance_id = 'i', disconnected_at = null`
  expect(await readInvariants(db, 1000)).toMatchObject({ worktreesWithoutRow: 1 })
  // A problem that lasts keeps its time; what is gone leaves no row.
  await recordWorktrees(db, spokeId, [tree('sound'), tree('gone'), tree(OWN, { changed: 1 })])
  expect(await readWorktreeProblems(db, spokeId, 60_000)).toMatchObject([
    { name: OWN, problem: 'no-row', dirty: true },
  ])
  expect(await readInvariants(db, 1000)).toMatchObject({ worktreesWithoutRow: 0 })
  // What is behind the end of a list that is not complete is not gone.
  await recordWorktrees(db, spokeId, [tree('gone')], { isComplete: false })
  const rows = await sql`select name from worktree_inventory order by name`
  expect(rows.map(({ name }) => name as string)).toEqual(['gone', 'other', OWN, 'sound'])
  const [sound] = await sql`select problem from worktree_inventory where name = 'sound'`
  expect(sound).toEqual({ problem: null })
})

test('a worktree of a session that is just being created is not left over', async () => {
  await using postgres = await createTestDatabase()
  await using opened = await openDatabase(postgres.url, { max: 2 })
  const { db, sql } = opened
  const ownerId = (await createAccount(db, { email: 'a@example.com' })).id
  const projectId = (await ensureProject(db, { slug: 'p', ownerId })).id
  const spokeId = uuidv7()
  await sql`insert into spokes ${sql({ id: spokeId, name: 'desk', spoke_type: 'dev-env', owner_id: ownerId, status: 'disconnected', disconnected_at: '2026-01-01T00:00:00Z' })}`
  const making = { project_id: projectId, title: 'x', status: 'queued', spawn_step: 'claimed' }
  await sql`insert into sessions ${sql({ ...making, id: OWNER, slug: OWNER })}`
  const tree = { name: OWN, branch: OWN, head: 'c', locked: false, missing: false }
  const problems = async () => {
    await recordWorktrees(db, spokeId, [{ ...tree, changed: 0, diskBytes: 1 }])
    return (await readWorktreeProblems(db, spokeId, -1000)).map(({ problem }) => problem)
  }
  expect(await problems()).toEqual([])
  await sql`update sessions set status = 'failed'`
  expect(await problems()).toEqual(['no-row'])
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

test('attached spokes come page by page, so that none keeps another one from being looked at, and unavailable ones not at all', async () => {
  await using postgres = await createTestDatabase()
  await using opened = await openDatabase(postgres.url, { max: 2 })
  const { db, sql } = opened
  const ownerId = (await createAccount(db, { email: 'a@example.com' })).id
  const projectId = (await ensureProject(db, { slug: 'p', ownerId })).id
  const key = await createApiKey(db, { ownerId, keyHash: 'h', scopes: ['*'] })
  await sql`insert into grants (id, account_id, key_id) values ('grant', ${ownerId}, ${key.id})`
  const away = { status: 'disconnected', disconnected_at: '2026-01-01T00:00:00Z' }
  for (const [name, state] of Object.entries({
    a: away,
    b: { instance_id: 'i' },
    c: { instance_id: 'i' },
    d: { instance_id: 'i' },
  })) {
    // oxlint-disable no-await-in-loop -- in this order
    await sql`insert into spokes ${sql({ id: name, name, spoke_type: 'dev-env', owner_id: ownerId, ...state })}`
    const place = { projectId, spokeId: name, name, worktree: name, branch: name }
    const row = { id: name, project_id: projectId, slug: name, title: 'x', grant_id: 'grant' }
    await sql`insert into sessions ${sql({ ...row, workspace_id: await createWorkspace(db, place) })}`
    // oxlint-enable no-await-in-loop
  }
  const page = async (after?: string) =>
    (await findSpokesToLookAt(db, { olderMs: 1000, limit: 2, after })).map(({ spoke }) => spoke)
  expect(await page()).toEqual(['b', 'c'])
  // Nothing is known of them yet: they come first again.
  expect(await page()).toEqual(['b', 'c'])
  expect(await page('c')).toEqual(['d'])

  // The latest session of a spoke has no rights any more: another one's look at it.
  const gone = await createApiKey(db, { ownerId, keyHash: 'gone', scopes: ['*'] })
  await sql`insert into grants (id, account_id, key_id) values ('gone', ${ownerId}, ${gone.id})`
  await sql`
    insert into sessions (id, project_id, slug, title, status, grant_id, workspace_id)
    select 'e', project_id, 'e', title, 'failed', 'gone', workspace_id from sessions where id = 'd'`
  const whose = async () =>
    (await findSpokesToLookAt(db, { olderMs: 1000, limit: 2, after: 'c' })).map(
      (one) => one.sessionId,
    )
  expect(await whose()).toEqual(['e'])
  await revokeApiKey(db, gone.id)
  expect(await whose()).toEqual(['d'])
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
