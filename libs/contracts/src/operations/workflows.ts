import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, Label, oneOf, page, pageInput, Slug, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

/** Steps that the hub makes itself: they wait, and hold no process while they do. */
export const WORKFLOW_STEPS = {
  /** The input of the run, as the result of a step with the key `input`. */
  INPUT: 'workflows.input',
  DELAY: 'workflows.delay',
  EVENT: 'workflows.event',
  APPROVAL: 'workflows.approval',
} as const

/** Limits of workflows. Times in milliseconds, sizes in bytes. */
export const WORKFLOW_LIMITS = {
  /** JSON of a template, and of its input schema. */
  templateBytes: 262_144,
  /** Steps of a template, without those that its Maps make. */
  templateSteps: 1000,
  /** Elements inside one another. */
  nesting: 64,
  /** Steps of a run. */
  steps: 10_000,
  /** Items of a Map that are worked on at the same time. */
  mapConcurrency: 100,
  retries: 100,
  backoffMs: 3_600_000,
  delayMs: 366 * 86_400_000,
  /** Input of a built-in step: what a question shows, or the name of an event. */
  waitBytes: 16_384,
  /** All results of a run. */
  logBytes: 16 * 1024 * 1024,
} as const

const Json = (description: string) => Type.Unknown({ description })

const Template = Json(
  'A tree of `operation`, `sequential`, `parallel`, `conditional` and `map` elements: `{type, key?, props?, children?}`, as flowgraph has them.',
)
const InputSchema = Json(
  'JSON Schema of the input of a run, which steps refer to as the result of the step `input`.',
)
/** The project of a workflow. */
export const WorkflowProject = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 64,
    description: 'Slug or id of a project; the own `default` one when absent.',
  }),
)

/** What is wrong with a template. */
export const WorkflowProblem = Type.Object({
  reason: oneOf([
    'malformed',
    'too-large',
    'too-deep',
    'duplicate-key',
    'unknown-step',
    'cycle',
    'unreachable',
    'unbounded-map',
    'unknown-operation',
    'not-allowed',
    'input-does-not-fit',
  ]),
  message: Type.String(),
  node: Type.Optional(Type.String({ description: 'The step.' })),
  path: Type.Optional(
    Type.String({ description: 'Place in the template, or in the input of the step.' }),
  ),
})
export type WorkflowProblem = Static<typeof WorkflowProblem>

export const WorkflowsValidateInput = Type.Object(
  { project: WorkflowProject, template: Template, inputSchema: Type.Optional(InputSchema) },
  closed,
)
export type WorkflowsValidateInput = Static<typeof WorkflowsValidateInput>

export const WorkflowsValidateOutput = Type.Object({
  valid: Type.Boolean(),
  problems: Type.Array(WorkflowProblem),
  steps: Type.Integer({ description: 'Steps of the template, without those that its Maps make.' }),
})
export type WorkflowsValidateOutput = Static<typeof WorkflowsValidateOutput>

export const WorkflowsCreateInput = Type.Object(
  {
    name: Slug,
    project: WorkflowProject,
    description: Type.Optional(Label),
    template: Template,
    inputSchema: Type.Optional(InputSchema),
    failurePolicy: Type.Optional(
      Type.Union([Type.Literal('continue-running'), Type.Literal('abort-dependents')], {
        description:
          'What a failure does to the steps behind it: those that have not started are aborted in either case; `abort-dependents` aborts started ones as well. Default: `continue-running`.',
      }),
    ),
  },
  closed,
)
export type WorkflowsCreateInput = Static<typeof WorkflowsCreateInput>

const versionMembers = {
  workflowId: Type.String({ format: 'uuid', description: 'Id of this version.' }),
  name: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  projectId: Uuid,
  hash: Type.String({ description: 'SHA-256 of the template, its input schema and its policy.' }),
  steps: Type.Integer(),
  description: Type.Optional(Type.String()),
  failurePolicy: Type.String(),
  ownerId: Uuid,
  createdAt: Timestamp,
}

/** A version of a workflow in a list. */
export const WorkflowSummary = Type.Object(versionMembers)
export type WorkflowSummary = Static<typeof WorkflowSummary>

export const WorkflowsCreateOutput = Type.Object({
  ...versionMembers,
  known: Type.Boolean({ description: 'The newest version is the same; nothing was added.' }),
})
export type WorkflowsCreateOutput = Static<typeof WorkflowsCreateOutput>

/** A version of a workflow. */
export const Workflow = Type.Object({
  ...versionMembers,
  template: Type.Unknown(),
  inputSchema: Type.Optional(Type.Unknown()),
})
export type Workflow = Static<typeof Workflow>

/** Names a version of a workflow. */
export const whichWorkflow = {
  workflowId: Type.Optional(Uuid),
  name: Type.Optional(Slug),
  project: WorkflowProject,
  version: Type.Optional(
    Type.Integer({ minimum: 1, description: 'With `name`; the newest one when absent.' }),
  ),
}

export const WorkflowsRunInput = Type.Object(
  {
    ...whichWorkflow,
    input: Type.Optional(Json('Input of the run; `{}` when absent.')),
    runId: Type.Optional(
      Type.String({
        format: 'uuid',
        description:
          'Id of the run, so that a start whose answer was lost can be sent again. Default: a new one.',
      }),
    ),
  },
  closed,
)
export type WorkflowsRunInput = Static<typeof WorkflowsRunInput>

export const WorkflowsRunOutput = Type.Object({
  runId: Uuid,
  workflowId: Uuid,
  version: Type.Integer(),
  known: Type.Boolean({ description: 'The run of this id existed already; nothing was added.' }),
})
export type WorkflowsRunOutput = Static<typeof WorkflowsRunOutput>

export const WorkflowsListInput = Type.Object(
  {
    project: WorkflowProject,
    versionsOf: Type.Optional(Slug),
    ...pageInput,
  },
  closed,
)
export type WorkflowsListInput = Static<typeof WorkflowsListInput>

const read = { scopes: [SCOPES.WORKFLOWS_READ] }
const write = { scopes: [SCOPES.WORKFLOWS_WRITE] }
const noWorkflow = notFound('WORKFLOW_NOT_FOUND', 'workflow')
const noProject = notFound('PROJECT_NOT_FOUND', 'project')

export const workflowsOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: query('workflows.validate', {
      title: 'Check a workflow',
      description:
        'Checks a template against the operations that the caller may call, and gives every reason why it cannot run in the project.',
      input: WorkflowsValidateInput,
      output: WorkflowsValidateOutput,
      errors: noProject,
      ...read,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('workflows.create', {
      title: 'Create a workflow',
      description:
        'Stores a workflow, or a new version of the workflow of that name. What `workflows.validate` finds is refused with VALIDATION_ERROR; `details.problems` has the reasons.',
      input: WorkflowsCreateInput,
      output: WorkflowsCreateOutput,
      errors: noProject,
      ...write,
    }),
  },
  {
    service: 'coordinator',
    spec: query('workflows.list', {
      title: 'List workflows',
      description:
        'The workflows of a project in their newest versions, by name; with `versionsOf` all versions of one, the newest first.',
      input: WorkflowsListInput,
      output: page(WorkflowSummary),
      errors: noProject,
      ...read,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('workflows.run', {
      title: 'Run a workflow',
      description:
        'Starts a run of a version, which keeps that version. It survives every process; its steps are calls with the rights of the key. `workflows.watch` shows what happens, `workflows.get` its state.',
      input: WorkflowsRunInput,
      output: WorkflowsRunOutput,
      errors: [...noWorkflow, ...noProject],
      ...write,
    }),
  },
]
