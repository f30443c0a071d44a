import type { Command } from '../command.ts'
import { UsageError } from '../failure.ts'
import { withNearestOperation } from '../hub/find-operations.ts'
import { HubClient } from '../hub/hub-client.ts'
import { hubFlags } from '../hub/hub-target.ts'
import { sayJson } from '../say.ts'

export const schema: Command = {
  usage: 'OPERATION',
  summary:
    'Prints the complete spec of an operation as JSON. `alkhub ops OPERATION` prints it as text.',
  flags: hubFlags,
  maxPositionals: 1,
  async run(args, io) {
    const [operationId] = args.positionals
    if (operationId === undefined)
      throw new UsageError('Which operation?', 'Find its name with `alkhub ops [words]`.')
    const hub = await HubClient.from(args, io)
    const path = `/api/operations/${encodeURIComponent(operationId)}`
    const spec = await hub.get(path).catch(async (error: unknown) => {
      throw await withNearestOperation(hub, operationId, error)
    })
    sayJson(io.stdout, spec, args.flag('json') ? 0 : 2)
    return 0
  },
}
