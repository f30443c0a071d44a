import type { CallsWatchOutput, CallSummary } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import type { Command, Io } from '../../command.ts'
import { HubProblemError } from '../../failure.ts'
import type { HubProblem } from '../../failure.ts'
import { inputOf, flagsOf } from '../../hub/operation-command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { parseAnswer } from '../../hub/parse-answer.ts'
import { columns, print } from '../../hub/print.ts'
import { durationText, outcomeOf, shortId } from './call-text.ts'
import { filterFlags } from './filter-flags.ts'
import { say } from '../../say.ts'
import { clockTime } from '../../input/times.ts'

/** The longest common code of a failure: `PROVIDER_UNAVAILABLE`. */
const OUTCOME_COLUMNS = 20

const options = {
  operationId: 'calls.watch',
  usage: '[options]',
  summary: 'Shows the calls of your account as they end, one line each, until Ctrl-C.',
  inputs: filterFlags,
}

export const tail: Command = {
  usage: options.usage,
  summary: options.summary,
  flags: flagsOf(options),
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const input = await inputOf(options, hub, args, io)
    const opened = await hub.open(options.operationId, input)
    if (opened.kind === 'answer')
      throw new OperatorError('The hub did not answer with a stream.', 'Update the hub.')
    if (io.stderr.isTTY) say(io.stderr, 'Waiting for calls to end. Ctrl-C stops the command.')
    for await (const event of opened.events) {
      if (event.event === 'error')
        throw new HubProblemError(parseAnswer(event.data) as HubProblem, options.operationId)
      if (event.event === 'completed') break
      const { data } = parseAnswer(event.data) as { data: CallsWatchOutput }
      for (const call of data.calls)
        print(io, args.flag('json'), call, () => lineOf(call, columns(io)))
      warn(data, io)
    }
    throw new OperatorError('The hub ended the stream.', 'Run the command again.')
  },
}

function warn({ skipped, interrupted }: CallsWatchOutput, io: Io): void {
  if (skipped > 0)
    say(
      io.stderr,
      `${skipped} calls of the hub were left out: more ended than can be checked. \`alkhub calls list\` has them all.`,
    )
  if (interrupted) say(io.stderr, 'The connection was lost meanwhile: calls may be missing.')
}

function lineOf(call: CallSummary, width: number): string {
  const text = [
    shortId(call.callId),
    clockTime(call.completedAt).padEnd(8),
    durationText(call.durationMs).padStart(8),
    outcomeOf(call).padEnd(OUTCOME_COLUMNS),
    call.operationId,
  ]
    .join('  ')
    .replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, ' ')
  return width > 20 && text.length > width ? `${text.slice(0, width - 1)}…` : text
}
