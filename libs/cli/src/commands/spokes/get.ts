import type { SpokeDetails } from '@alkdev/contracts'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { facts } from '../../hub/operation-command.ts'
import { columns, print, table } from '../../hub/print.ts'
import { shortTime } from '../../input/times.ts'

export const get: Command = {
  usage: 'NAME [options]',
  summary:
    'Shows a spoke, its operations under the names that the hub gives them, and their state.',
  flags: hubFlags,
  maxPositionals: 1,
  async run(args, io) {
    const name = positional(args, 0, 'Which spoke?', 'Its name is shown by `alkhub spokes list`.')
    const hub = await HubClient.from(args, io)
    const spoke = await hub.call<SpokeDetails>('spokes.get', { name })
    print(io, args.flag('json'), spoke, () => {
      const { hostInfo, load } = spoke
      const head = facts({
        spoke: spoke.name,
        type: spoke.spokeType,
        state:
          spoke.unresponsiveSince === undefined
            ? spoke.status
            : `connected, not responding since ${shortTime(spoke.unresponsiveSince)}`,
        attached: `${spoke.epoch === 1 ? 'once' : `${spoke.epoch} times`}, last ${shortTime(spoke.connectedAt)}`,
        calls:
          load === undefined
            ? undefined
            : `${load.inFlight} of at most ${load.capacity} run, ${load.waiting} wait`,
        version: spoke.version,
        host: [hostInfo?.os, hostInfo?.arch, hostInfo?.nodeVersion].join(' ').trim(),
      })
      const hasReasons = spoke.operations.some(({ reason }) => reason !== undefined)
      const rows = spoke.operations.map((one) => [
        one.operationId,
        one.name,
        one.status,
        ...(hasReasons ? [one.reason] : []),
      ])
      const headings = ['operation', 'its own name', 'state', ...(hasReasons ? ['reason'] : [])]
      const operations =
        rows.length === 0 ? 'It offers nothing.' : table(headings, rows, columns(io))
      return `${head}\n\n${operations}`
    })
    return 0
  },
}
