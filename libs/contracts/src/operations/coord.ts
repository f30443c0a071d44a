import { Type } from '@alkdev/typebox'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { CoordDetectInput, CoordDetectOutput } from './coord-detect.ts'
import {
  CoordMergeInput,
  CoordMergeOutput,
  CoordMergesInput,
  CoordMergesOutput,
} from './coord-merge.ts'
import {
  CoordAwaitInput,
  CoordAwaitOutput,
  CoordMessageInput,
  CoordMessageOutput,
  CoordNotifyInput,
  CoordNotifyOutput,
  CoordSleepInput,
  CoordSleepOutput,
} from './coord-messages.ts'
import {
  CoordAbortInput,
  CoordAbortOutput,
  CoordSpawnInput,
  CoordSpawnOutput,
  CoordStatusInput,
  CoordStatusOutput,
} from './coord-shapes.ts'
import { MISPLACED, mutation, notFound, PARK_META, query } from './define.ts'

const absent = notFound('SESSION_NOT_FOUND', 'session')
const noProject = notFound('PROJECT_NOT_FOUND', 'project')
const refusal = (code: string, description: string) =>
  ({
    code,
    description,
    schema: Type.Object({ reason: Type.String() }, { additionalProperties: true }),
    httpStatus: 409,
  }) as const
const write = { scopes: [SCOPES.COORD_WRITE] } as const

const specs = [
  mutation('coord.spawn', {
    title: 'Spawn a session',
    description:
      'Creates a session below another one, with its claim of a task, its part of the budget and its worktree, and gives it its first message. Repeated with the same key it gives the same session. What can no longer be finished is undone.',
    input: CoordSpawnInput,
    output: CoordSpawnOutput,
    errors: [
      ...absent,
      ...noProject,
      ...notFound('TASK_NOT_FOUND', 'task'),
      ...notFound('WORKSPACE_NOT_FOUND', 'workspace'),
      ...notFound('ROLE_NOT_FOUND', 'role'),
      ...notFound('MODEL_NOT_FOUND', 'model'),
      refusal(
        'SPAWN_REFUSED',
        'A limit, or the state of the parent or of the task, refuses it; `details.reason` says which.',
      ),
    ],
    retry: 'keyed',
    ...write,
  }),
  mutation('coord.abort', {
    title: 'End a tree of sessions',
    description:
      'Ends a session and all below it. After the acknowledgement none of them starts a call of a model or a tool. What was finished stays; changes that are not committed are saved as git refs.',
    input: CoordAbortInput,
    output: CoordAbortOutput,
    errors: absent,
    hints: { destructive: true, idempotent: true },
    retry: 'safe',
    ...write,
  }),
  query('coord.status', {
    title: 'Status of a tree of sessions',
    description:
      'The sessions below one, each with its state, what it waits for, its task, workspace, spending, approvals and findings.',
    input: CoordStatusInput,
    output: CoordStatusOutput,
    errors: absent,
  }),
  mutation('coord.detect', {
    title: 'Look for trouble in sessions',
    description:
      'What the rules of detection notice in a tree of sessions: loops, stalls, orphans, fan-out, burn rate, lost context, files outside of the task. With the evidence.',
    input: CoordDetectInput,
    output: CoordDetectOutput,
    errors: absent,
    hints: { idempotent: true },
    retry: 'safe',
  }),
  mutation('coord.message', {
    title: 'Send a message to a session',
    description:
      'Stores a message for a session and starts a turn when it is due. While a turn runs, the policy of the session decides.',
    input: CoordMessageInput,
    output: CoordMessageOutput,
    errors: [
      ...absent,
      refusal(
        'MESSAGE_REFUSED',
        'The session does not take the message; `details.reason` says why.',
      ),
    ],
    ...write,
  }),
  mutation('coord.notify', {
    title: 'Report, ask or finish',
    description:
      'Only for sessions: reports progress, asks the parent, or finishes the work. Finishing needs that no call runs, that nothing is left uncommitted or that it is parked, and that the checks of the task pass; else the answer says what is missing.',
    input: CoordNotifyInput,
    output: CoordNotifyOutput,
    errors: MISPLACED,
    retry: 'safe',
  }),
  mutation('coord.merge', {
    title: 'Merge the branch of a session',
    description:
      'Puts the branch of a session into the queue of a target branch: one at a time is rebased in its worktree, checked there, and becomes the target by compare-and-swap, which nothing may have checked out. A branch that conflicts, or whose checks fail, goes back to its session. With the rights of the caller, which need `git:write`, and `shell:run` for checks. Asked again, it gives the merge that is open.',
    input: CoordMergeInput,
    output: CoordMergeOutput,
    errors: [
      ...absent,
      ...MISPLACED,
      refusal(
        'MERGE_REFUSED',
        'The work of the session is not over, it has no branch, or the queue is full; `details.reason` says which.',
      ),
    ],
    hints: { idempotent: true },
    retry: 'safe',
    ...write,
  }),
  query('coord.merges', {
    title: 'List merges',
    description:
      'Merges of a project or of a session, the newest first; the open ones in the order of the queue.',
    input: CoordMergesInput,
    output: CoordMergesOutput,
    errors: [...absent, ...noProject],
  }),
  {
    ...query('coord.await', {
      title: 'Wait for sessions',
      description:
        'Answers when any or all of the sessions have ended, or the time is over. A turn that waits so gives its worker up.',
      input: CoordAwaitInput,
      output: CoordAwaitOutput,
      errors: absent,
    }),
    _meta: { [PARK_META]: 'child' },
  },
  {
    ...query('coord.sleep', {
      title: 'Wait for a time',
      description:
        'Answers when the time is over, for instance to look at something again. A turn that waits so gives its worker up, and goes on before when it gets a message. Needs no rule of a role.',
      input: CoordSleepInput,
      output: CoordSleepOutput,
    }),
    _meta: { [PARK_META]: 'timer' },
  },
]

export const coordOperations: readonly ServiceOperation[] = specs.map((spec) => ({
  service: 'coordinator' as const,
  spec,
}))
