import type { CallsRepeatOutput } from '@alkdev/contracts'
import type { Command } from '../../command.ts'
import { HubProblemError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { callIdOf } from './call-id-of.ts'

export const repeat: Command = {
  usage: 'CALL [options]',
  summary:
    'Calls the operation of a call again, with the same input and your own rights, and prints its data. CALL is an id or a prefix of it. Refused when the log does not hold the whole input.',
  flags: {
    ...hubFlags,
    'timeout-ms': {
      type: 'string',
      value: 'N',
      summary: 'Milliseconds for the call (default 30000).',
    },
  },
  maxPositionals: 1,
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const callId = await callIdOf(hub, args)
    const timeout = args.number('timeout-ms')
    const headers: Record<string, string> =
      timeout === undefined ? {} : { 'x-deadline-ms': String(timeout) }
    const answer = await hub.call<CallsRepeatOutput>('calls.repeat', { callId }, headers)
    const { error, output } = answer
    if (error !== undefined)
      throw new HubProblemError(
        { ...error, detail: error.message, callId: answer.callId },
        answer.operationId,
      )
    print(io, args.flag('json'), answer, () => JSON.stringify(output ?? null, null, 2))
    return 0
  },
}
