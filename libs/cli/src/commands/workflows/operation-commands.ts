import type {
  WorkflowRunSummary,
  WorkflowsAbortOutput,
  WorkflowsBranchOutput,
  WorkflowsRetryOutput,
  WorkflowSummary,
} from '@alkdev/contracts'
import { runIdOf } from '../../hub/id-resolvers.ts'
import { operationCommand, listCommand } from '../../hub/operation-command.ts'
import type { InputPositional } from '../../hub/operation-command.ts'
import { jsonText } from '../../input/json-text.ts'
import { clockTime, shortTime } from '../../input/times.ts'
import { stepCount } from './create.ts'

const runId: InputPositional = {
  member: 'runId',
  question: 'Which run?',
  fix: 'Its id is shown by `alkhub workflows runs`.',
  resolve: runIdOf,
}

export const project = {
  type: 'string',
  value: 'PROJECT',
  member: 'project',
  summary: 'Slug or id of the project (default: your `default` one).',
} as const

export const list = listCommand<WorkflowSummary>({
  operationId: 'workflows.list',
  usage: '[options]',
  summary: 'Lists the workflows of a project in their newest versions, by name.',
  inputs: {
    project,
    'versions-of': {
      type: 'string',
      value: 'NAME',
      member: 'versionsOf',
      summary: 'All versions of one workflow.',
    },
  },
  headings: ['name', 'version', 'steps', 'created', 'hash', 'description'],
  row: (one) => [
    one.name,
    one.version,
    one.steps,
    shortTime(one.createdAt),
    one.hash.slice(0, 12),
    one.description,
  ],
  none: 'There are no workflows.',
})

export const runs = listCommand<WorkflowRunSummary>({
  operationId: 'workflows.runs',
  usage: '[options]',
  summary: 'Lists your runs, or those of a project, newest first.',
  inputs: {
    project: { ...project, summary: 'All runs of a project, by its slug or id.' },
    name: {
      type: 'string',
      value: 'NAME',
      member: 'name',
      summary: 'Only runs of one workflow.',
    },
    status: {
      type: 'string',
      value: 'STATUS',
      member: 'status',
      summary: 'pending, running, waiting, completed, failed or aborted.',
    },
  },
  headings: ['run', 'workflow', 'status', 'started', 'ended', 'error'],
  row: (one) => [
    one.runId,
    `${one.name} ${one.version}`,
    one.status,
    clockTime(one.startedAt ?? one.createdAt),
    clockTime(one.endedAt),
    one.error?.code,
  ],
  none: 'There are no runs.',
})

export const signal = operationCommand<{ runId: string; signalId: string }>({
  operationId: 'workflows.signal',
  usage: 'RUN EVENT [options]',
  summary:
    'Sends an event to a run. The step that waits for it, or the next one that will, gives the data.',
  positionals: [
    runId,
    { member: 'event', question: 'Which event?', fix: 'It is the `event` of the step.' },
  ],
  inputs: {
    data: {
      type: 'string',
      value: 'JSON',
      member: 'data',
      read: (text) => jsonText('data', text),
      summary: 'What the step gives.',
    },
  },
  say: () => 'Sent.',
})

export const abort = operationCommand<WorkflowsAbortOutput>({
  operationId: 'workflows.abort',
  usage: 'RUN [options]',
  summary: 'Aborts a run with the calls of its steps.',
  positionals: [runId],
  inputs: {
    reason: { type: 'string', value: 'TEXT', member: 'reason', summary: 'Shown as the reason.' },
  },
  say: ({ receipt, runId: id }) =>
    receipt === 'accepted' ? `The run ${id} is being aborted.` : `The run ${id} had ended before.`,
})

export const retry = operationCommand<WorkflowsRetryOutput>({
  operationId: 'workflows.retry',
  usage: 'RUN [options]',
  summary: 'Continues a run that failed, from its failed steps.',
  positionals: [runId],
  inputs: {
    step: {
      type: 'string',
      multiple: true,
      value: 'STEP',
      member: 'steps',
      summary: 'Only this step; may be given several times.',
    },
  },
  say: ({ steps }) => `Retried: ${steps.join(', ')}.`,
})

export const branch = operationCommand<WorkflowsBranchOutput>({
  operationId: 'workflows.branch',
  usage: 'RUN STEP [options]',
  summary:
    'Starts a run from a step of another one. It uses the results of the steps that do not depend on that step.',
  positionals: [
    runId,
    { member: 'step', question: 'Which step?', fix: 'Steps are shown by `alkhub workflows get`.' },
  ],
  inputs: {
    input: {
      type: 'string',
      value: 'JSON',
      member: 'input',
      read: (text) => jsonText('input', text),
      summary: 'Input of the step; of the step `input` that of the run.',
    },
  },
  say: ({ runId: id, reused }) => `Started ${id}, with the results of ${stepCount(reused.length)}.`,
})
