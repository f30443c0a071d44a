import type { CallsRepeatDeadOutput } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import type { Command } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { resolveQueuedCallId } from '../calls/call-id-of.ts'
import { say } from '../../say.ts'

const OPERATION = 'calls.repeatDead'

export const repeat: Command = {
  usage: '[CALL | --all] [options]',
  summary:
    'Queues a failed call again; with --all every failed call that matches the options. CALL is an id or a prefix of it. Each runs with the rights of your key.',
  flags: {
    ...hubFlags,
    all: { type: 'boolean', summary: 'All dead letters that match the options.' },
    op: { type: 'string', value: 'OPERATION', summary: 'Only calls of one operation.' },
    operation: { type: 'string', summary: 'Another name of --op.', hidden: true },
    code: { type: 'string', value: 'CODE', summary: 'Only calls with an error of this code.' },
    'dry-run': { type: 'boolean', summary: 'Only count them.' },
  },
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
    const hub = await HubClient.from(args, io)
    const operationId = args.text('op') ?? args.text('operation')
    const code = args.text('code')
    const input = {
      ...(callId !== undefined && { callId: await resolveQueuedCallId(hub, callId) }),
      ...compact({ operationId, code }),
    }
    const dryRun = args.flag('dry-run')
    const total: CallsRepeatDeadOutput = { repeated: [], refused: [], left: 0 }
    for (;;) {
      const step = await hub.call<CallsRepeatDeadOutput>(OPERATION, { ...input, dryRun })
      total.repeated.push(...step.repeated)
      const known = new Set(total.refused.map((one) => one.callId))
      total.refused.push(...step.refused.filter((one) => !known.has(one.callId)))
      total.left = step.left
      // Refused ones stay in the list and would be read first again.
      if (dryRun || callId !== undefined || step.repeated.length === 0 || step.left === 0) break
      if (io.stderr.isTTY) say(io.stderr, `${total.repeated.length} repeated, ${step.left} left`)
    }
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
