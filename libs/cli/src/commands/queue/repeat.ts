import type { CallsRepeatDeadOutput } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import type { Command } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { flagsOf, inputOf } from '../../hub/operation-command.ts'
import { print } from '../../hub/print.ts'
import { resolveQueuedCallId } from '../calls/call-id-of.ts'
import { say } from '../../say.ts'
import { queueFilters, refuseFilters } from './filter-flags.ts'

const OPERATION = 'calls.repeatDead'
/** Calls of one request. */
const AT_ONCE = 200

const options = {
  operationId: OPERATION,
  usage: '',
  summary: '',
  inputs: queueFilters,
  moreFlags: {
    all: { type: 'boolean', summary: 'All dead letters that match the options.' },
    'dry-run': { type: 'boolean', summary: 'Only count them.' },
  },
} as const

export const repeat: Command = {
  usage: '[CALL | --all] [options]',
  summary:
    'Queues a failed call again; with --all every failed call that matches the options. CALL is an id or a prefix of it. Each runs with the rights of your key.',
  flags: flagsOf(options),
  maxPositionals: 1,
  async run(args, io) {
    const [callId] = args.positionals
    if (callId !== undefined && args.flag('all'))
      throw new UsageError('A call and --all cannot both be given.', 'Leave one of them out.')
    if (callId === undefined && !args.flag('all'))
      throw new UsageError(
        'Which call?',
        'Give its id, shown by `alkhub queue dead`, or --all for every one that the options find.',
      )
    if (callId !== undefined) refuseFilters(args)
    const hub = await HubClient.from(args, io)
    const input = {
      ...(await inputOf(options, hub, args, io)),
      ...(callId === undefined
        ? { limit: AT_ONCE }
        : { callId: await resolveQueuedCallId(hub, callId) }),
    }
    const dryRun = args.flag('dry-run')
    const total: CallsRepeatDeadOutput = { repeated: [], refused: [], left: 0 }
    let cursor: string | undefined
    do {
      const step: CallsRepeatDeadOutput = await hub.call(OPERATION, {
        ...input,
        dryRun,
        ...compact({ cursor }),
      })
      total.repeated.push(...step.repeated)
      total.refused.push(...step.refused)
      total.left = step.left
      // From the newest to the oldest: what fails again at once is newer, and is not repeated twice.
      cursor = step.nextCursor
      if (cursor !== undefined && io.stderr.isTTY)
        say(io.stderr, `${total.repeated.length} repeated, ${step.left} left`)
    } while (cursor !== undefined)
    print(io, args.flag('json'), total, () => sentence(total, dryRun))
    return total.refused.length === 0 ? 0 : 1
  },
}

function sentence({ repeated, refused, left }: CallsRepeatDeadOutput, dryRun: boolean): string {
  if (dryRun) return `${left} dead ${left === 1 ? 'letter' : 'letters'} would be repeated.`
  const lines = repeated.map((one) => `${one.callId} is repeated as ${one.repeatedAs}`)
  const not = refused.map((one) => `${one.callId} cannot be repeated: ${one.message}`)
  return [...lines, ...not, `${repeated.length} repeated, ${left} left.`].join('\n')
}
