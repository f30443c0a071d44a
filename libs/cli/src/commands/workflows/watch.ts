import type { WorkflowsGetOutput, WorkflowsWatchOutput } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import type { Command, Io } from '../../command.ts'
import { positional } from '../../command.ts'
import { HubProblemError } from '../../failure.ts'
import type { HubProblem } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { runIdOf } from '../../hub/id-resolvers.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { parseAnswer } from '../../hub/parse-answer.ts'
import { print } from '../../hub/print.ts'
import { clockTime } from '../../input/times.ts'
import { sayJson } from '../../say.ts'

/** Streams that end early one after the other without an event in between. */
const MAX_RESUMED = 10

export const watch: Command = {
  usage: 'RUN [options]',
  summary: 'Shows what happens in a run until it has ended. Exits 1 when it failed or was aborted.',
  flags: {
    ...hubFlags,
    after: { type: 'string', value: 'N', summary: 'Only events after this position.' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const which = positional(args, 0, 'Which run?', '`alkhub workflows runs` shows them.')
    const hub = await HubClient.from(args, io)
    const runId = await runIdOf(hub, which)
    return follow(hub, io, { runId, json: args.flag('json'), after: args.number('after') ?? 0 })
  },
}

/** Prints the events of a run, one line each, from a position on; resumes a stream that ends early. Gives the exit code. */
export async function follow(
  hub: HubClient,
  io: Io,
  {
    runId,
    json,
    after = 0,
  }: { readonly runId: string; readonly json: boolean; readonly after?: number },
): Promise<number> {
  let position = after
  for (let resumed = 0; resumed < MAX_RESUMED; resumed += 1) {
    const opened = await hub.open('workflows.watch', { runId, after: position })
    if (opened.kind === 'answer')
      throw new OperatorError('The hub did not answer with a stream.', 'Update the hub.')
    for await (const event of opened.events) {
      if (event.event === 'error') {
        const problem = parseAnswer(event.data) as HubProblem
        if (problem.code !== 'PROVIDER_LOST') throw new HubProblemError(problem, 'workflows.watch')
        break
      }
      if (event.event === 'completed') break
      const { data } = parseAnswer(event.data) as { data: WorkflowsWatchOutput }
      position = data.position
      resumed = 0
      print(io, json, data, () => lineOf(data))
      if (data.type === 'run.ended') return end(hub, io, runId, data, json)
    }
  }
  throw new OperatorError('The hub ended the stream.', 'Run the command again.')
}

async function end(
  hub: HubClient,
  io: Io,
  runId: string,
  { status }: WorkflowsWatchOutput,
  json: boolean,
): Promise<number> {
  if (status !== 'completed') return 1
  if (json) return 0
  const { run } = await hub.call<WorkflowsGetOutput>('workflows.get', { runId })
  if (run?.output !== undefined) sayJson(io.stdout, run.output, 2)
  return 0
}

const WORDS: Readonly<Record<string, string>> = {
  'call.requested': 'started',
  'call.responded': 'completed',
  'call.error': 'failed',
  'call.aborted': 'aborted',
  'node.aborted': 'aborted',
  'node.retried': 'retried',
  'run.ended': 'run ended',
}

function lineOf({ at, type, step, steps, attempt, error, status }: WorkflowsWatchOutput): string {
  return [
    clockTime(at).padEnd(8),
    (WORDS[type] ?? type).padEnd(9),
    step ?? steps?.join(', '),
    attempt !== undefined && attempt > 1 ? `(attempt ${attempt})` : undefined,
    status,
    error && `${error.code}: ${error.message}`,
  ]
    .filter((part) => part !== undefined)
    .join('  ')
    .replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, ' ')
}
