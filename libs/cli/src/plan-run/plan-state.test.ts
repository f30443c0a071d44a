import type { CoordMerge, CoordSession, TaskItem } from '@alkdev/contracts/agents'
import { expect, test } from 'vitest'
import { leadId } from './plan-hub.ts'
import { planTasks } from './plan-state.ts'
import type { PlanSnapshot } from './plan-state.ts'
import { boardLines, changedTasks, changeLine } from './plan-text.ts'

const task = (slug: string, more: Partial<TaskItem> = {}): TaskItem => ({
  taskId: slug,
  slug,
  name: `Do ${slug}`,
  status: 'pending',
  tags: [],
  dependsOn: [],
  ...more,
})
const session = (id: string, slug: string, more: Partial<CoordSession> = {}): CoordSession => ({
  sessionId: id,
  depth: 1,
  title: slug,
  mode: 'agent',
  status: 'done',
  stateSince: '2026-01-01T00:00:10.000Z',
  work: { status: 'completed', outcome: 'done' },
  task: { slug, status: 'completed' },
  workspace: { workspaceId: 'w', name: id },
  runningCalls: 0,
  waitingMessages: 0,
  openApprovals: [],
  findings: [],
  spend: { inputTokens: 1, outputTokens: 1, cost: 20_000 },
  ...more,
})
const merge = (sessionId: string, more: Partial<CoordMerge> = {}): CoordMerge => ({
  mergeId: `m-${sessionId}`,
  projectId: 'p',
  sessionId,
  target: 'goal',
  branch: sessionId,
  status: 'merged',
  reason: 'merged',
  createdAt: '2026-01-01T00:00:11.000Z',
  endedAt: '2026-01-01T00:00:12.000Z',
  ...more,
})
const active = { status: 'active' } as const
const at = (snapshot: Partial<PlanSnapshot>) =>
  Object.fromEntries(
    planTasks({ tasks: [], ready: new Set(), sessions: [], merges: [], ...snapshot }).map(
      ({ slug, state }) => [slug, state],
    ),
  )

test('a task waits until the tasks before it are merged, not only completed', () => {
  const tasks = [task('a', { status: 'completed' }), task('b', { dependsOn: ['a'] })]
  const ready = new Set(['b'])
  const sessions = [session('s1', 'a')]
  expect(at({ tasks, ready, sessions })).toEqual({ a: 'to-merge', b: 'waiting' })
  const running = [merge('s1', { status: 'running' })]
  expect(at({ tasks, ready, sessions, merges: running })).toEqual({ a: 'merging', b: 'waiting' })
  const merges = [merge('s1')]
  expect(at({ tasks, ready, sessions, merges })).toEqual({ a: 'done', b: 'ready' })
  // Completed by another account: there is nothing of ours to merge.
  expect(at({ tasks, ready })).toEqual({ a: 'done', b: 'ready' })
})

test('a task in the hands of a session that works is left to it, and one that others hold as well', () => {
  const tasks = [
    task('a', { status: 'in-progress' }),
    task('b', { status: 'in-progress', claim: { token: 1, accountId: 'x', since: '' } }),
    task('c'),
    task('d', { status: 'blocked', statusReason: 'no access' }),
  ]
  const sessions = [session('s1', 'a', { status: 'running', work: active })]
  expect(at({ tasks, sessions })).toEqual({
    a: 'working',
    b: 'elsewhere',
    c: 'postponed',
    d: 'stuck',
  })
})

test('after three sessions that did not finish a task is stuck; aborted ones do not count', () => {
  const failed = ['s1', 's2', 's3'].map((id) =>
    session(id, 'a', { status: 'failed', work: { status: 'failed' }, stopReason: 'no model' }),
  )
  const ready = new Set(['a'])
  expect(at({ tasks: [task('a')], ready, sessions: failed.slice(1) })).toEqual({ a: 'ready' })
  const [stuck] = planTasks({ tasks: [task('a')], ready, sessions: failed, merges: [] })
  expect(stuck).toMatchObject({ state: 'stuck', note: expect.stringContaining('no model') })
  const aborted = failed.map((one) => ({ ...one, status: 'aborted' as const }))
  expect(at({ tasks: [task('a')], ready, sessions: aborted })).toEqual({ a: 'ready' })
})

test('a branch that was refused is merged again when its session has worked since, and else the task is stuck', () => {
  const tasks = [task('a', { status: 'completed' })]
  const conflict = { status: 'conflict', reason: 'conflict', error: 'in a.txt' } as const
  const merges = [merge('s1', conflict)]
  expect(at({ tasks, sessions: [session('s1', 'a')], merges })).toEqual({ a: 'stuck' })
  const again = session('s1', 'a', { work: active, status: 'queued' })
  expect(at({ tasks, sessions: [again], merges })).toEqual({ a: 'working' })
  const since = session('s1', 'a', { stateSince: '2026-01-01T00:00:20.000Z' })
  expect(at({ tasks, sessions: [since], merges })).toEqual({ a: 'to-merge' })
  const moved = [merge('s1', { status: 'failed', reason: 'moved' })]
  expect(at({ tasks, sessions: [session('s1', 'a')], merges: moved })).toEqual({ a: 'to-merge' })
})

test('the board counts tasks, waves, sessions, spending and approvals, and shows what is not done', () => {
  const tasks = [
    task('a', { status: 'completed' }),
    task('b', { dependsOn: ['a'], status: 'in-progress' }),
    task('c', { dependsOn: ['b'] }),
  ]
  const working = session('s2-abcdefgh', 'b', {
    status: 'waiting',
    work: active,
    openApprovals: ['x'],
  })
  const before = planTasks({
    ...{ tasks, ready: new Set<string>() },
    ...{ sessions: [session('s1', 'a'), working], merges: [merge('s1')] },
  })
  const lines = boardLines(before, Date.parse('2026-01-01T00:01:10.000Z'))
  expect(lines[0]).toBe(
    '1 of 3 tasks done, wave 2 of 3, 1 session works, $0.04 spent, 1 approval waits',
  )
  expect(lines.slice(3).map((line) => line.split(/ {2,}/))).toEqual([
    [
      'b',
      '2',
      'working',
      'abcdefgh',
      expect.any(String),
      expect.any(String),
      expect.stringMatching(/approval/),
    ],
    ['c', '3', 'waiting', 'waits for b'],
  ])
  expect(boardLines(before, 0, { rows: 3 })).toHaveLength(3)
  expect(changedTasks(before, before)).toEqual([])
  expect(changedTasks([], before).map(changeLine)).toContain('c waiting: waits for b')
})

test('the id of a lead follows from the names, is a UUID, and sorts below ids that the hub makes', () => {
  expect(leadId(['a', 'b'])).toBe(leadId(['a', 'b']))
  expect(leadId(['a', 'b'])).not.toBe(leadId(['ab']))
  expect(leadId(['a'])).toMatch(/^0{8}-0{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
