import type { CoordMerge, CoordSession, TaskItem } from '@alkdev/contracts/agents'
import { expect, test } from 'vitest'
import { HubProblemError } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'
import { runPlan } from './run-plan.ts'

const task: TaskItem = {
  taskId: 'a',
  slug: 'a',
  name: 'Do a',
  status: 'completed',
  tags: [],
  dependsOn: [],
}
const session: CoordSession = {
  sessionId: 's1',
  depth: 1,
  title: 'a',
  mode: 'agent',
  status: 'done',
  stateSince: '2026-01-01T00:00:10.000Z',
  work: { status: 'completed', outcome: 'done' },
  task: { slug: 'a', status: 'completed' },
  workspace: { workspaceId: 'w', name: 's1' },
  runningCalls: 0,
  waitingMessages: 0,
  openApprovals: [],
  findings: [],
  spend: { inputTokens: 1, outputTokens: 1, cost: 0 },
}

type Input = { readonly name: string; readonly worktree: { readonly spoke: string } }
type Answers = Readonly<Record<string, (input: Input) => unknown>>

/** A hub with one finished task, that refuses the first merges for these reasons. With `more`: with other answers. */
function hubThatRefuses(reasons: string[], more: Answers = {}) {
  const merges: CoordMerge[] = []
  const answers: Answers = {
    'sessions.create': () => ({ sessionId: 'lead', status: 'idle' }),
    'coord.status': () => ({ sessions: [session] }),
    'coord.merges': () => ({ merges }),
    'tasks.list': () => ({ items: [task] }),
    'tasks.next': () => ({ ready: [] }),
    'coord.merge': () => {
      const reason = reasons.shift()
      if (reason !== undefined)
        throw new HubProblemError({
          code: 'MERGE_REFUSED',
          detail: `It is ${reason}.`,
          details: { reason },
        })
      merges.push({
        ...{ mergeId: 'm', projectId: 'p', sessionId: 's1', target: 'goal', branch: 's1' },
        ...{ status: 'merged', createdAt: session.stateSince, endedAt: session.stateSince },
      })
      return { merge: merges[0], isNew: true }
    },
    ...more,
  }
  const call = (operationId: string, input: Input): Promise<unknown> =>
    new Promise((resolve) => resolve(answers[operationId]?.(input)))
  return { call } as unknown as HubClient
}

async function run(reasons: string[], more: Answers = {}, spokes = ['desk']) {
  const notes: string[] = []
  const end = await runPlan(hubThatRefuses(reasons, more), {
    ...{ project: undefined, target: 'goal', spokes, texts: new Map([['a', 'Do it.']]) },
    ...{ max: 1, model: undefined, role: undefined, signal: new AbortController().signal },
    onLook: () => undefined,
    onNote: (text) => notes.push(text),
  })
  return { notes, kind: end.kind, tasks: end.tasks.map(({ state, note }) => ({ state, note })) }
}

test.each(['not-finished', 'too-many'])(
  'a merge that is refused because it is %s is asked for later',
  async (reason) => {
    expect(await run([reason])).toEqual({
      kind: 'done',
      notes: [expect.stringContaining(`a: It is ${reason}.`)],
      tasks: [{ state: 'done', note: '' }],
    })
  },
)

test('a merge that a person has to correct makes its task stuck, with the reason', async () => {
  expect(await run(['same-branch'])).toEqual({
    kind: 'stuck',
    notes: [],
    tasks: [{ state: 'stuck', note: expect.stringContaining('It is same-branch.') }],
  })
})

test('a spoke of another repository than the project ends the run with what to do', async () => {
  const detail = 'The spoke desk uses another git folder than the workspace first.'
  const refused = run([], {
    'coord.status': () => ({ sessions: [] }),
    'tasks.list': () => ({ items: [{ ...task, status: 'pending' }] }),
    'tasks.next': () => ({ ready: [{ slug: 'a' }] }),
    'coord.spawn': () => {
      throw new HubProblemError({
        code: 'SPAWN_REFUSED',
        detail,
        details: { reason: 'repository' },
      })
    },
  })
  await expect(refused).rejects.toMatchObject({
    message: expect.stringContaining(detail),
    fix: expect.stringContaining('--project'),
  })
})

/** What becomes of a run on these spokes, of which one is gone and one was deleted, with the one that got the task. */
async function spawnedOn(spokes: string[], statusOf: (name: string) => string) {
  const spawned: string[] = []
  const { kind } = await run(
    [],
    {
      'coord.status': () => ({ sessions: spawned.length === 0 ? [] : [session] }),
      'tasks.list': () => ({
        items: [{ ...task, status: spawned.length === 0 ? 'pending' : 'completed' }],
      }),
      'tasks.next': () => ({ ready: [{ slug: 'a' }] }),
      'spokes.get': ({ name }) => {
        if (name === 'deleted')
          throw new HubProblemError({ code: 'SPOKE_NOT_FOUND', detail: 'There is none.' })
        return { status: statusOf(name) }
      },
      'coord.spawn': ({ worktree }) => spawned.push(worktree.spoke),
    },
    spokes,
  )
  return [kind, ...spawned]
}

test('a task is given to a spoke that is attached, and to the next one in turn when none is', async () => {
  const spokes = ['deleted', 'gone', 'there']
  const one = await spawnedOn(spokes, (name) => (name === 'there' ? 'connected' : 'disconnected'))
  expect(one).toEqual(['done', 'there'])
  expect(await spawnedOn(spokes, () => 'suspended')).toEqual(['done', 'deleted'])
})
