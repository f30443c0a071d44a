import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, Label, oneOf, page, pageInput, Slug, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query, subscription } from './define.ts'
import { whichWorkflow, Workflow } from './workflows.ts'

const StepKey = Type.String({ minLength: 1, maxLength: 512 })
const EventName = Type.String({ minLength: 1, maxLength: 128 })
const Json = (description: string) => Type.Unknown({ description })

const Failure = Type.Object({
  code: Type.String(),
  message: Type.String(),
  details: Type.Optional(Type.Unknown()),
})

const RunStatus = oneOf(['pending', 'running', 'waiting', 'completed', 'failed', 'aborted'])
const StepStatus = oneOf([
  'idle',
  'waiting',
  'ready',
  'running',
  'completed',
  'failed',
  'aborted',
  'skipped',
])

const runMembers = {
  runId: Uuid,
  workflowId: Uuid,
  name: Type.String(),
  version: Type.Integer(),
  projectId: Uuid,
  status: RunStatus,
  accountId: Type.Optional(Uuid),
  parentRunId: Type.Optional(
    Type.String({ format: 'uuid', description: 'The run that it branches from.' }),
  ),
  branchStep: Type.Optional(Type.String()),
  position: Type.Integer({ minimum: 0, description: 'Number of its last event.' }),
  createdAt: Timestamp,
  startedAt: Type.Optional(Timestamp),
  endedAt: Type.Optional(Timestamp),
  error: Type.Optional(Failure),
}

/** A run in a list. */
export const WorkflowRunSummary = Type.Object(runMembers)
export type WorkflowRunSummary = Static<typeof WorkflowRunSummary>

/** A step of a run. */
export const WorkflowStep = Type.Object({
  step: Type.String(),
  operationId: Type.Optional(Type.String({ description: 'Absent for a Map.' })),
  status: StepStatus,
  attempts: Type.Integer({ minimum: 0 }),
  callId: Type.Optional(
    Type.String({ description: 'Its latest call; of a queued one the id of the queued call.' }),
  ),
  error: Type.Optional(Failure),
  after: Type.Optional(
    Type.Array(Type.String(), { description: 'The steps that stand directly before it.' }),
  ),
})
export type WorkflowStep = Static<typeof WorkflowStep>

export const WorkflowRun = Type.Object({
  ...runMembers,
  input: Type.Optional(
    Type.Unknown({ description: 'Left out, as `output`, where the answer has no room for it.' }),
  ),
  output: Type.Optional(
    Type.Unknown({
      description:
        'Of a completed run: the output of its last step, or those of its last steps by their keys.',
    }),
  ),
  steps: Type.Array(WorkflowStep, { description: 'At most 1,000: see `stepsLeft`.' }),
  stepsLeft: Type.Integer({ minimum: 0, description: 'Steps that were left out.' }),
  selected: Type.Optional(
    Type.Object(
      {
        step: Type.String(),
        input: Type.Optional(Type.Unknown()),
        output: Type.Optional(Type.Unknown()),
      },
      { description: 'The step that was asked for.' },
    ),
  ),
})
export type WorkflowRun = Static<typeof WorkflowRun>

export const WorkflowsGetInput = Type.Object(
  {
    ...whichWorkflow,
    runId: Type.Optional(Type.String({ format: 'uuid', description: 'A run and no workflow.' })),
    step: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 512,
        description: 'A step of the run, with its input and its output.',
      }),
    ),
    graph: Type.Optional(
      Type.Union([Type.Literal('mermaid'), Type.Literal('dot')], {
        description: 'Also a drawing; of a run with the statuses of its steps.',
      }),
    ),
  },
  closed,
)
export type WorkflowsGetInput = Static<typeof WorkflowsGetInput>

export const WorkflowsGetOutput = Type.Object({
  workflow: Type.Optional(Workflow),
  run: Type.Optional(WorkflowRun),
  graph: Type.Optional(Type.String()),
})
export type WorkflowsGetOutput = Static<typeof WorkflowsGetOutput>

export const WorkflowsRunsInput = Type.Object(
  {
    project: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'All runs of a project, by its slug or id; when absent the own runs.',
      }),
    ),
    name: Type.Optional(Slug),
    status: Type.Optional(RunStatus),
    parentRunId: Type.Optional(Uuid),
    ...pageInput,
  },
  closed,
)
export type WorkflowsRunsInput = Static<typeof WorkflowsRunsInput>

export const WorkflowsWatchInput = Type.Object(
  {
    runId: Uuid,
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Position of the last event that is known; all events of the run when absent.',
      }),
    ),
  },
  closed,
)
export type WorkflowsWatchInput = Static<typeof WorkflowsWatchInput>

/** What happened in a run. The last one of a run that has ended has the type `run.ended`. */
export const WorkflowsWatchOutput = Type.Object({
  position: Type.Integer({ minimum: 0 }),
  type: Type.String({
    description:
      '`call.requested`, `call.responded`, `call.error`, `call.aborted`, `node.aborted`, `node.retried`, `map.expanded` or `run.ended`.',
  }),
  at: Timestamp,
  step: Type.Optional(Type.String()),
  steps: Type.Optional(Type.Array(Type.String())),
  operationId: Type.Optional(Type.String()),
  callId: Type.Optional(Type.String()),
  attempt: Type.Optional(Type.Integer()),
  error: Type.Optional(Failure),
  /** Of `run.ended`. */
  status: Type.Optional(RunStatus),
})
export type WorkflowsWatchOutput = Static<typeof WorkflowsWatchOutput>

const runRef = { runId: Uuid }

export const WorkflowsSignalInput = Type.Object(
  {
    ...runRef,
    event: EventName,
    data: Type.Optional(Json('What the step gives; null when absent.')),
    signalId: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'So that an event whose answer was lost can be sent again.',
      }),
    ),
  },
  closed,
)
export type WorkflowsSignalInput = Static<typeof WorkflowsSignalInput>

export const WorkflowsAbortInput = Type.Object({ ...runRef, reason: Type.Optional(Label) }, closed)
export type WorkflowsAbortInput = Static<typeof WorkflowsAbortInput>

export const WorkflowsAbortOutput = Type.Object({
  runId: Uuid,
  receipt: Type.Union([Type.Literal('accepted'), Type.Literal('too-late')], {
    description: '`accepted`: the run ends as aborted, with its calls. `too-late`: it had ended.',
  }),
})
export type WorkflowsAbortOutput = Static<typeof WorkflowsAbortOutput>

export const WorkflowsRetryInput = Type.Object(
  {
    ...runRef,
    steps: Type.Optional(
      Type.Array(StepKey, {
        minItems: 1,
        maxItems: 1000,
        description: 'Steps that failed; all of them when absent.',
      }),
    ),
  },
  closed,
)
export type WorkflowsRetryInput = Static<typeof WorkflowsRetryInput>

export const WorkflowsRetryOutput = Type.Object({
  runId: Uuid,
  steps: Type.Array(Type.String(), { description: 'The steps that are retried.' }),
})
export type WorkflowsRetryOutput = Static<typeof WorkflowsRetryOutput>

export const WorkflowsBranchInput = Type.Object(
  {
    ...runRef,
    step: StepKey,
    input: Type.Optional(
      Json(
        'Input of the step in place of that of the template; of the step `input` that of the run.',
      ),
    ),
    newRunId: Type.Optional(
      Type.String({ format: 'uuid', description: 'As `runId` of `workflows.run`.' }),
    ),
  },
  closed,
)
export type WorkflowsBranchInput = Static<typeof WorkflowsBranchInput>

export const WorkflowsBranchOutput = Type.Object({
  runId: Uuid,
  parentRunId: Uuid,
  reused: Type.Array(Type.String(), { description: 'Steps whose results the new run uses.' }),
  known: Type.Boolean(),
})
export type WorkflowsBranchOutput = Static<typeof WorkflowsBranchOutput>

const read = { scopes: [SCOPES.WORKFLOWS_READ] }
const write = { scopes: [SCOPES.WORKFLOWS_WRITE] }
const noWorkflow = notFound('WORKFLOW_NOT_FOUND', 'workflow')
const noRun = notFound('RUN_NOT_FOUND', 'run')
const noStep = notFound('STEP_NOT_FOUND', 'step')
const noProject = notFound('PROJECT_NOT_FOUND', 'project')

export const workflowRunsOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: query('workflows.get', {
      title: 'Get a workflow or a run',
      description:
        'A version of a workflow, by id or by name, or with `runId` a run with its steps. For the account that started the run, and for accounts that may see the project.',
      input: WorkflowsGetInput,
      output: WorkflowsGetOutput,
      errors: [...noWorkflow, ...noRun, ...noStep, ...noProject],
      ...read,
    }),
  },
  {
    service: 'coordinator',
    spec: query('workflows.runs', {
      title: 'List runs of workflows',
      description: 'The own runs, or those of a project, the newest first.',
      input: WorkflowsRunsInput,
      output: page(WorkflowRunSummary),
      errors: noProject,
      ...read,
    }),
  },
  {
    service: 'coordinator',
    spec: subscription('workflows.watch', {
      title: 'Watch a run',
      description:
        'The events of a run, from a position on, until the run has ended. It is resumed by the position of the last event.',
      input: WorkflowsWatchInput,
      output: WorkflowsWatchOutput,
      errors: noRun,
      ...read,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('workflows.signal', {
      title: 'Send an event to a run',
      description:
        'Ends the step of the run that waits for the event, or the next one that will. Events are kept until a step takes them or the run ends. For the account that started the run.',
      input: WorkflowsSignalInput,
      output: Type.Object({ runId: Uuid, signalId: Uuid }),
      errors: noRun,
      ...write,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('workflows.abort', {
      title: 'Abort a run',
      description:
        'Aborts a run with the calls of its steps. For the account that started it, and for accounts that may change the project.',
      input: WorkflowsAbortInput,
      output: WorkflowsAbortOutput,
      errors: [...noRun, ...noProject],
      retry: 'safe',
      ...write,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('workflows.retry', {
      title: 'Retry a run that failed',
      description:
        'Continues a run that failed from its failed steps, with the results that it has. For the account that started it.',
      input: WorkflowsRetryInput,
      output: WorkflowsRetryOutput,
      errors: [...noRun, ...noStep],
      ...write,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('workflows.branch', {
      title: 'Branch a run',
      description:
        'Starts a new run of the same version from a step of another one. The results of completed steps that do not depend on that step are used again; the others are called, with the rights of the caller.',
      input: WorkflowsBranchInput,
      output: WorkflowsBranchOutput,
      errors: [...noRun, ...noStep],
      ...write,
    }),
  },
]
