import type { Workflow, WorkflowRun, WorkflowsGetOutput } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import type { Command } from '../../command.ts'
import { positional } from '../../command.ts'
import { facts } from '../../hub/operation-command.ts'
import { HubProblemError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { IdPart, isWholeId } from '../../hub/id-part.ts'
import { runIdOf } from '../../hub/id-resolvers.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { columns, print, table } from '../../hub/print.ts'
import { shortTime } from '../../input/times.ts'

export const get: Command = {
  usage: 'NAME | RUN [options]',
  summary: 'Shows a workflow by its name, or a run with its steps by its id.',
  flags: {
    ...hubFlags,
    project: { type: 'string', value: 'PROJECT', summary: 'Of the workflow: slug or id.' },
    version: { type: 'string', value: 'N', summary: 'Of the workflow (default: the newest).' },
    step: {
      type: 'string',
      value: 'STEP',
      summary: 'Of the run: also input and output of a step.',
    },
    graph: { type: 'string', value: 'FORMAT', summary: 'Print a drawing: `mermaid` or `dot`.' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const which = positional(
      args,
      0,
      'Which workflow or run?',
      '`alkhub workflows list` and `alkhub workflows runs` show them.',
    )
    const hub = await HubClient.from(args, io)
    const [project, step, graph] = ['project', 'step', 'graph'].map((flag) => args.text(flag))
    const version = args.number('version')
    const more = compact({ project, version, step, graph })
    const look = (named: object): Promise<WorkflowsGetOutput> =>
      hub.call<WorkflowsGetOutput>('workflows.get', { ...named, ...more })
    const found = isWholeId(which)
      ? await look({ runId: which })
      : await look({ name: which }).catch(async (error: unknown) => {
          if (!mayBeRun(which, error)) throw error
          return look({ runId: await runIdOf(hub, which) })
        })
    print(io, args.flag('json'), found, () => {
      if (found.graph !== undefined) return found.graph
      if (found.run !== undefined) return runText(found.run, columns(io))
      return found.workflow === undefined ? '' : workflowText(found.workflow)
    })
    return 0
  },
}

/** True when no workflow has the name, and the text may be a part of the id of a run. */
function mayBeRun(text: string, error: unknown): boolean {
  const isNoName =
    error instanceof HubProblemError &&
    (error.code === 'WORKFLOW_NOT_FOUND' || error.code === 'VALIDATION_ERROR')
  return isNoName && new IdPart(text).isPart && /\d/.test(text)
}

function workflowText(one: Workflow): string {
  const head = facts({
    workflow: one.name,
    version: one.version,
    id: one.workflowId,
    project: one.projectId,
    description: one.description,
    steps: one.steps,
    'failure policy': one.failurePolicy,
    created: shortTime(one.createdAt),
    hash: one.hash,
  })
  return `${head}\n\n${clean(JSON.stringify(one.template, null, 2))}`
}

function runText(run: WorkflowRun, width: number): string {
  const head = facts({
    run: run.runId,
    workflow: `${run.name} ${run.version}`,
    status: run.status,
    'branch of': run.parentRunId,
    'from step': run.branchStep,
    started: run.startedAt === undefined ? undefined : shortTime(run.startedAt),
    ended: run.endedAt === undefined ? undefined : shortTime(run.endedAt),
    error: run.error && `${run.error.code}: ${run.error.message}`,
  })
  const rows = run.steps.map((one) => [
    one.step,
    one.status,
    one.attempts,
    one.operationId,
    one.error?.code,
  ])
  const steps = table(['step', 'status', 'calls', 'operation', 'error'], rows, width)
  const left = run.stepsLeft > 0 ? `\n(and ${run.stepsLeft} more steps)` : ''
  const { selected } = run
  return [
    head,
    steps + left,
    section(`input of ${selected?.step}`, selected?.input),
    section(`output of ${selected?.step}`, selected?.output),
    selected === undefined ? section('output', run.output) : '',
  ]
    .filter((text) => text !== '')
    .join('\n\n')
}

function section(name: string, value: unknown): string {
  return value === undefined ? '' : `${name}\n${clean(JSON.stringify(value, null, 2))}`
}

function clean(json: string): string {
  return json.replaceAll(/[\u007f-\u009f\p{Bidi_Control}]/gu, ' ')
}
