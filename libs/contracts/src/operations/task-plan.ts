import { Type } from '@alkdev/typebox'
import type { Static, TSchema } from '@alkdev/typebox'
import { closed, oneOf, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { notFound, query } from './define.ts'
import { ProjectSlug, TaskStatusName } from './tasks.ts'

const Slugs = Type.Array(Type.String())
const Count = Type.Integer({ minimum: 0 })
const project = { project: Type.Optional(ProjectSlug) }
const Limit = Type.Integer({ minimum: 1, maximum: 1000, description: 'Tasks at most.' })

export const TasksNextInput = Type.Object(
  {
    ...project,
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: 'Tasks at most; 10 when absent.' }),
    ),
  },
  closed,
)
export type TasksNextInput = Static<typeof TasksNextInput>

export const TasksNextOutput = Type.Object({
  ready: Type.Array(
    Type.Object({
      slug: Type.String(),
      name: Type.String(),
      risk: Type.Optional(Type.String()),
      priority: Type.Optional(Type.String()),
      remaining: Type.Number({
        description: 'Cost estimate of the longest chain that begins with it.',
      }),
      unblocks: Type.Integer({ description: 'Tasks that wait for it directly.' }),
    }),
    { description: 'They can be worked on at the same time. Best first: by chain, then by risk.' },
  ),
  postponed: Type.Array(
    Type.Object({
      slug: Type.String(),
      waitsFor: Type.String({ description: 'A task in progress, or one that stands before it.' }),
      path: Type.String({ description: 'A path that both may change.' }),
    }),
    { description: 'Ready tasks that may change the same files as another; 10 at most.' },
  ),
  readyCount: Count,
  waitingCount: Count,
})
export type TasksNextOutput = Static<typeof TasksNextOutput>

export const TasksGraphInput = Type.Object(
  {
    ...project,
    open: Type.Optional(Type.Boolean({ description: 'Only tasks that are not completed.' })),
    format: Type.Optional(
      oneOf(['mermaid', 'dot'], { description: 'Also gives the graph as a drawing in `text`.' }),
    ),
  },
  closed,
)
export type TasksGraphInput = Static<typeof TasksGraphInput>

export const TasksGraphOutput = Type.Object({
  tasks: Type.Array(
    Type.Object({
      slug: Type.String(),
      name: Type.String(),
      status: TaskStatusName,
      risk: Type.Optional(Type.String()),
      slack: Type.Optional(
        Type.Number({
          minimum: 0,
          description:
            'By how much it may take longer without moving the end of the plan, in units of its cost. Absent for a completed task, and in a plan with a cycle.',
        }),
      ),
      claim: Type.Optional(
        Type.Object(
          {
            sessionId: Type.Optional(Uuid),
            accountId: Type.Optional(Uuid),
            name: Type.Optional(Type.String()),
          },
          {
            description:
              'Who works on it, with the title of the session or the name of the account.',
          },
        ),
      ),
    }),
  ),
  edges: Type.Array(
    Type.Object({
      from: Type.String(),
      to: Type.String(),
      qualityRetention: Type.Optional(Type.Number()),
    }),
    { description: '`to` waits for `from`.' },
  ),
  unresolved: Type.Array(Type.Object({ from: Type.String(), to: Type.String() }), {
    description: 'Dependencies on tasks that do not exist.',
  }),
  text: Type.Optional(Type.String()),
})
export type TasksGraphOutput = Static<typeof TasksGraphOutput>

export const TasksPlanInput = Type.Object(project, closed)
export type TasksPlanInput = Static<typeof TasksPlanInput>

export const TasksWavesOutput = Type.Object({
  waves: Type.Array(Slugs, { description: 'Each waits only for tasks of earlier ones.' }),
})
export type TasksWavesOutput = Static<typeof TasksWavesOutput>

export const TasksCriticalInput = Type.Object(
  {
    ...project,
    weight: Type.Optional(
      oneOf(['cost', 'tasks', 'estimate'], {
        description: 'By cost of the scope (default), number of tasks, or hours of `estimate`.',
      }),
    ),
  },
  closed,
)
export type TasksCriticalInput = Static<typeof TasksCriticalInput>

export const TasksCriticalOutput = Type.Object({
  path: Slugs,
  weight: Type.Number({ description: 'Of the tasks on the path together.' }),
})
export type TasksCriticalOutput = Static<typeof TasksCriticalOutput>

export const TasksRiskOutput = Type.Object({
  path: Slugs,
  totalRisk: Type.Number(),
  distribution: Type.Record(Type.String(), Slugs, { description: 'Tasks by their own risk.' }),
})
export type TasksRiskOutput = Static<typeof TasksRiskOutput>

export const TasksCostInput = Type.Object(
  {
    ...project,
    limit: Type.Optional(Limit),
    independent: Type.Optional(
      Type.Boolean({ description: 'Without what the failure of a prerequisite passes on.' }),
    ),
  },
  closed,
)
export type TasksCostInput = Static<typeof TasksCostInput>

export const TasksCostOutput = Type.Object({
  tasks: Type.Array(
    Type.Object({
      slug: Type.String(),
      cost: Type.Number(),
      probability: Type.Number({ description: 'Success of one attempt with these prerequisites.' }),
    }),
    { description: 'The most expensive first; 50 when no limit is given.' },
  ),
  totalCost: Type.Number({ description: 'Of all tasks that are not completed.' }),
  taskCount: Count,
})
export type TasksCostOutput = Static<typeof TasksCostOutput>

export const TasksWhatIfInput = Type.Object(
  {
    ...project,
    slips: Type.Record(
      Type.String({ minLength: 1, maxLength: 1024 }),
      Type.Number({ minimum: -100_000, maximum: 100_000 }),
      {
        minProperties: 1,
        maxProperties: 200,
        description:
          'Task to how much longer it takes, in units of its cost; less than 0: shorter.',
      },
    ),
  },
  closed,
)
export type TasksWhatIfInput = Static<typeof TasksWhatIfInput>

export const TasksWhatIfOutput = Type.Object({
  durationBefore: Type.Number(),
  durationAfter: Type.Number(),
  endSlip: Type.Number(),
  moved: Type.Array(
    Type.Object({ slug: Type.String(), startSlip: Type.Number(), finishSlip: Type.Number() }),
    { description: 'The first 1,000.' },
  ),
})
export type TasksWhatIfOutput = Static<typeof TasksWhatIfOutput>

function planQuery(
  name: string,
  title: string,
  description: string,
  input: TSchema,
  output: TSchema,
): ServiceOperation {
  return {
    service: 'coordinator',
    spec: query(`tasks.${name}`, {
      title,
      description,
      input,
      output,
      scopes: [SCOPES.TASKS_READ],
      errors: notFound('PROJECT_NOT_FOUND', 'project'),
    }),
  }
}

export const taskPlanOperations: readonly ServiceOperation[] = [
  planQuery(
    'next',
    'Get the next tasks',
    'Tasks that can be begun now and at the same time, best first.',
    TasksNextInput,
    TasksNextOutput,
  ),
  planQuery(
    'graph',
    'Get the task graph',
    'All tasks with their status, and their dependencies.',
    TasksGraphInput,
    TasksGraphOutput,
  ),
  planQuery(
    'waves',
    'Get the waves of a plan',
    'The tasks that are not completed, in groups that can be worked on one after the other.',
    TasksPlanInput,
    TasksWavesOutput,
  ),
  planQuery(
    'critical',
    'Get the critical path',
    'The longest chain of tasks that are not completed.',
    TasksCriticalInput,
    TasksCriticalOutput,
  ),
  planQuery(
    'risk',
    'Get the risk of a plan',
    'The chain of open tasks on which the most risk adds up, and the open tasks by their risk.',
    TasksPlanInput,
    TasksRiskOutput,
  ),
  planQuery(
    'cost',
    'Estimate the cost of a plan',
    'What the tasks that are not completed are expected to cost.',
    TasksCostInput,
    TasksCostOutput,
  ),
  planQuery(
    'whatIf',
    'Ask what moves when tasks slip',
    'Which tasks move, and by how much the end moves, when tasks take longer.',
    TasksWhatIfInput,
    TasksWhatIfOutput,
  ),
]
