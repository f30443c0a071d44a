import { OperatorError } from '@alkdev/errors'
import type { Command } from '../command.ts'
import { HubClient, hubFlags } from '../hub/hub-client.ts'

export const schema: Command = {
  usage: 'OPERATION',
  summary: 'Shows what an operation takes and gives: its whole spec as JSON.',
  flags: hubFlags,
  most: 1,
  async run(args, io) {
    const [operationId] = args.positionals
    if (operationId === undefined)
      throw new OperatorError('Which operation?', 'Find its name with `alkhub ops [words]`.')
    const hub = await HubClient.from(args, io.signal)
    const spec = await hub.get(`/api/operations/${encodeURIComponent(operationId)}`)
    io.stdout.write(`${JSON.stringify(spec, null, args.flag('json') ? 0 : 2)}\n`)
    return 0
  },
}
