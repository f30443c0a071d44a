import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, page, pageInput, Timestamp } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'
import { ProjectSlug, TaskClaim, TaskItem, TaskStatusName } from './tasks.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** How long the claim of an account lasts when it does not say. */
export const DEFAULT_TASK_CLAIM_MS = 7 * DAY_MS

/** A task by its project and slug. */
export const TaskRef = Type.Object(
  {
    project: Type.Optional(ProjectSlug),
    task: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: '`slug` of the task: the `id` of its front matter.',
    }),
  },
  closed,
)
export type TaskRef = Static<typeof TaskRef>

const Token = Type.Integer({ minimum: 1, description: '`claim.token` of `tasks.claim`.' })
const Reason = Type.String({ minLength: 1, maxLength: 2000 })
const Evidence = Type.Record(Type.String(), Type.Unknown())

/** A task with its text and its run-time state. */
export const TaskDetail = Type.Object({
  ...TaskItem.properties,
  body: Type.Optional(Type.String()),
  checkCommands: Type.Array(
    Type.Object({
      name: Type.String(),
      command: Type.String(),
      timeoutMs: Type.Optional(Type.Integer()),
    }),
  ),
  startedAt: Type.Optional(Timestamp),
  completedAt: Type.Optional(Timestamp),
  completions: Type.Integer({ minimum: 0 }),
  result: Type.Optional(Type.Unknown({ description: 'How the work ended.' })),
  evidence: Type.Optional(
    Type.Unknown({ description: 'What the holder before left without finishing.' }),
  ),
})
export type TaskDetail = Static<typeof TaskDetail>

export const TasksClaimInput = Type.Object(
  {
    ...TaskRef.properties,
    expiresInMs: Type.Optional(
      Type.Integer({
        minimum: MINUTE_MS,
        maximum: 30 * DAY_MS,
        description:
          'How long the claim of an account lasts; 7 days when absent. The claim of a session lasts as long as the session.',
      }),
    ),
  },
  closed,
)
export type TasksClaimInput = Static<typeof TasksClaimInput>

export const TasksClaimOutput = Type.Object({
  task: TaskDetail,
  claim: TaskClaim,
  renewed: Type.Boolean({ description: 'The caller had the claim already.' }),
})
export type TasksClaimOutput = Static<typeof TasksClaimOutput>

export const TasksReleaseInput = Type.Object(
  {
    ...TaskRef.properties,
    token: Type.Optional(Token),
    reason: Type.Optional(Reason),
    evidence: Type.Optional(Evidence),
  },
  closed,
)
export type TasksReleaseInput = Static<typeof TasksReleaseInput>

export const TasksUpdateStatusInput = Type.Object(
  {
    ...TaskRef.properties,
    status: oneOf(['pending', 'completed', 'failed', 'blocked'], {
      description:
        'completed, failed: only by the holder of the claim. blocked: by the holder, or of a task without a claim. pending: takes a block away. `in-progress` comes from `tasks.claim`.',
    }),
    token: Type.Optional(Token),
    reason: Type.Optional(Reason),
    result: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 16_384,
        description:
          'How the work ended. An account that completes a task with checks states here how they were done.',
      }),
    ),
  },
  closed,
)
export type TasksUpdateStatusInput = Static<typeof TasksUpdateStatusInput>

export const TasksUpdateStatusOutput = Type.Object({
  task: TaskDetail,
  ready: Type.Array(Type.String(), { description: 'Tasks that this completion made ready.' }),
})
export type TasksUpdateStatusOutput = Static<typeof TasksUpdateStatusOutput>

export const TasksReopenInput = Type.Object({ ...TaskRef.properties, reason: Reason }, closed)
export type TasksReopenInput = Static<typeof TasksReopenInput>

export const TasksReopenOutput = Type.Object({
  task: TaskDetail,
  affected: Type.Array(Type.String(), {
    description: 'Dependents that are in progress or completed although this task is open again.',
  }),
})
export type TasksReopenOutput = Static<typeof TasksReopenOutput>

export const TasksExportInput = Type.Object(
  { project: Type.Optional(ProjectSlug), ...pageInput },
  closed,
)
export type TasksExportInput = Static<typeof TasksExportInput>

/** A task as a file, with its status at run time. */
export const ExportedTask = Type.Object({
  slug: Type.String(),
  path: Type.String({ description: 'Where the file was at the sync, or a name made of the slug.' }),
  status: TaskStatusName,
  content: Type.String(),
})
export type ExportedTask = Static<typeof ExportedTask>

const noTask = [
  ...notFound('PROJECT_NOT_FOUND', 'project'),
  ...notFound('TASK_NOT_FOUND', 'task'),
] as const
const refused = [
  ...noTask,
  {
    code: 'TASK_REFUSED',
    description:
      'The state of the task does not allow it. `reason` of the details: claimed, waiting, overlap, closed, session-ended, claim-lost, status, checks.',
    schema: Type.Unknown(),
    httpStatus: 409,
  },
] as const
const scopes = [SCOPES.TASKS_WRITE]

export const taskClaimOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: query('tasks.get', {
      title: 'Get a task',
      description: 'A task with its text, checks, claim and what the holder before left.',
      input: TaskRef,
      output: TaskDetail,
      scopes: [SCOPES.TASKS_READ],
      errors: noTask,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('tasks.claim', {
      title: 'Claim a task',
      description:
        'Claims a task that is ready, for the calling session or account. Of concurrent claims one is given. Repeated by the holder it extends the claim.',
      input: TasksClaimInput,
      output: TasksClaimOutput,
      scopes,
      errors: refused,
      hints: { idempotent: true },
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('tasks.release', {
      title: 'Release a task',
      description:
        'Gives a claimed task back: it is pending. With the token by its holder. Without it an account, or a session above the holder, takes the claim away.',
      input: TasksReleaseInput,
      output: TaskDetail,
      scopes,
      errors: refused,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('tasks.updateStatus', {
      title: 'Update the status of a task',
      description:
        'Ends the work on a claimed task, or blocks a task without a claim. A session completes a task with checks only after they passed.',
      input: TasksUpdateStatusInput,
      output: TasksUpdateStatusOutput,
      scopes,
      errors: refused,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('tasks.reopen', {
      title: 'Reopen a task',
      description:
        'Makes a completed, failed or blocked task pending again. Names the dependents that were begun meanwhile.',
      input: TasksReopenInput,
      output: TasksReopenOutput,
      scopes,
      errors: refused,
    }),
  },
  {
    service: 'coordinator',
    spec: query('tasks.export', {
      title: 'Export tasks as files',
      description: 'The tasks of a project as Markdown files with their status at run time.',
      input: TasksExportInput,
      output: page(ExportedTask),
      scopes: [SCOPES.TASKS_READ],
      errors: notFound('PROJECT_NOT_FOUND', 'project'),
    }),
  },
]
