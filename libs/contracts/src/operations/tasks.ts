import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, page, pageInput, Slug, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

/** The slug of a project; `default` when absent. `tasks.sync` creates a missing project. */
export const ProjectSlug = Slug

/** The path and content of a task file. */
export const TaskFile = Type.Object(
  {
    path: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'Relative to the folder that was given, with `/` between its parts.',
    }),
    content: Type.String({
      maxLength: 262_144,
      description: 'The whole file, front matter and body.',
    }),
    modifiedAt: Type.Optional(Timestamp),
  },
  closed,
)
export type TaskFile = Static<typeof TaskFile>

export const TasksSyncInput = Type.Object(
  {
    project: Type.Optional(ProjectSlug),
    files: Type.Array(TaskFile, { maxItems: 2000 }),
    prune: Type.Optional(
      Type.Boolean({
        description:
          'Also remove tasks of the project that have no file here, except those that are claimed.',
      }),
    ),
    importStatus: Type.Optional(
      Type.Boolean({
        description:
          'Give tasks the status of their file (completed, failed, blocked) that never had one of their own.',
      }),
    ),
  },
  closed,
)
export type TasksSyncInput = Static<typeof TasksSyncInput>

const Count = Type.Integer({ minimum: 0 })
export const TasksSyncOutput = Type.Object({
  projectId: Uuid,
  project: ProjectSlug,
  created: Count,
  updated: Count,
  unchanged: Count,
  removed: Count,
  dependencies: Count,
  kept: Type.Optional(
    Type.Array(Type.String(), { description: 'Tasks that `prune` kept because they are claimed.' }),
  ),
  statusesImported: Type.Optional(Count),
})
export type TasksSyncOutput = Static<typeof TasksSyncOutput>

export const TaskStatusName = Type.Union([
  Type.Literal('pending'),
  Type.Literal('in-progress'),
  Type.Literal('completed'),
  Type.Literal('failed'),
  Type.Literal('blocked'),
])
export type TaskStatusName = Static<typeof TaskStatusName>

/** Who works on a task. The claim of an account ends at `expiresAt`, that of a session with the session. */
export const TaskClaim = Type.Object({
  token: Type.Integer({
    minimum: 1,
    description: 'Proof of the claim: each change by the holder names it.',
  }),
  sessionId: Type.Optional(Uuid),
  accountId: Type.Optional(Uuid),
  name: Type.Optional(
    Type.String({ description: 'The title of the session, or the name of the account.' }),
  ),
  since: Timestamp,
  expiresAt: Type.Optional(Timestamp),
})
export type TaskClaim = Static<typeof TaskClaim>

/** A task in a list. Values that were not assessed are absent. */
export const TaskItem = Type.Object({
  taskId: Uuid,
  slug: Type.String({ description: '`id` of the front matter.' }),
  name: Type.String(),
  status: TaskStatusName,
  path: Type.Optional(Type.String()),
  scope: Type.Optional(Type.String()),
  risk: Type.Optional(Type.String()),
  impact: Type.Optional(Type.String()),
  level: Type.Optional(Type.String()),
  priority: Type.Optional(Type.String()),
  assignee: Type.Optional(Type.String()),
  due: Type.Optional(Type.String()),
  tags: Type.Array(Type.String()),
  dependsOn: Type.Array(Type.String(), { description: 'Slugs.' }),
  touches: Type.Optional(Type.Array(Type.String(), { description: 'Globs of files.' })),
  checks: Type.Optional(Type.Array(Type.String(), { description: 'Names of the checks.' })),
  estimate: Type.Optional(Type.Number({ description: 'Hours.' })),
  statusReason: Type.Optional(Type.String()),
  claim: Type.Optional(TaskClaim),
  project: Type.Optional(
    Type.String({ description: 'Slug of its project. Only in lists of `allProjects`.' }),
  ),
})
export type TaskItem = Static<typeof TaskItem>

export const TasksListInput = Type.Object(
  {
    project: Type.Optional(ProjectSlug),
    allProjects: Type.Optional(
      Type.Boolean({
        description:
          'Tasks of all projects that you may see, each with its project. Not with `project`.',
      }),
    ),
    status: Type.Optional(TaskStatusName),
    tag: Type.Optional(Type.String({ maxLength: 64 })),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'Only tasks with this text in their slug or name, in any case.',
      }),
    ),
    ...pageInput,
  },
  closed,
)
export type TasksListInput = Static<typeof TasksListInput>

export const tasksOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: mutation('tasks.sync', {
      title: 'Sync task files',
      description:
        'Imports task files and their dependencies into the project, all of them or none. What is set at run time (status, times) is not changed. A session that works on a task whose text changes gets a message.',
      input: TasksSyncInput,
      output: TasksSyncOutput,
      scopes: [SCOPES.TASKS_WRITE],
      hints: { idempotent: true },
    }),
  },
  {
    service: 'coordinator',
    spec: query('tasks.list', {
      title: 'List tasks',
      description:
        'The tasks of a project with their dependencies, by slug. Without a project: those of `default`, which may be empty, or with `allProjects` those of all your projects.',
      input: TasksListInput,
      output: page(TaskItem),
      scopes: [SCOPES.TASKS_READ],
      errors: notFound('PROJECT_NOT_FOUND', 'project'),
    }),
  },
]
