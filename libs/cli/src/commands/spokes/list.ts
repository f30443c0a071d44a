import type { Spoke } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import { UsageError } from '../../failure.ts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { listAll, moreLine, pageFlags } from '../../hub/pages.ts'
import { columns, print, table } from '../../hub/print.ts'
import { shortTime } from '../../input/times.ts'
import { asStarted } from '../../started-as.ts'

const states = ['connected', 'suspended', 'disconnected'] as const

export const list: Command = {
  usage: '[options]',
  summary: 'Lists the spokes that you may use; with --all also disconnected ones.',
  flags: {
    ...hubFlags,
    status: {
      type: 'string',
      value: 'STATE',
      summary: 'Only connected, suspended or disconnected ones.',
    },
    all: { type: 'boolean', summary: 'Include disconnected spokes.' },
    ...pageFlags,
  },
  async run(args, io) {
    const status = args.text('status')
    if (status !== undefined && !states.some((state) => state === status))
      throw new UsageError(
        `There is no state \`${status}\`.`,
        `Give ${states.join(', ').replace(/, (?=\w+$)/, ' or ')}.`,
      )
    const hub = await HubClient.from(args, io)
    const departed = args.flag('all') || status !== undefined
    const input = { ...compact({ status }), ...(!departed && { departed }) }
    const found = await listAll<Spoke>(hub, 'spokes.list', input, args)
    print(io, args.flag('json'), found, () => {
      if (found.items.length === 0)
        return asStarted(
          departed
            ? 'No spokes. Attach this folder with `alkhub spoke`.'
            : 'No spokes are attached; --all shows those that are gone. Attach this folder with `alkhub spoke`.',
          io,
        )
      const rows = found.items.map((spoke) => [
        spoke.name,
        spoke.spokeType,
        spoke.unresponsiveSince === undefined ? spoke.status : 'not responding',
        spoke.operationCount,
        shortTime(spoke.status === 'connected' ? spoke.connectedAt : spoke.disconnectedAt),
        spoke.hostInfo?.os,
      ])
      const headings = ['name', 'type', 'state', 'operations', 'since', 'system']
      return table(headings, rows, columns(io)) + moreLine(found, args)
    })
    return 0
  },
}
