import type { TasksNextOutput } from '@alkdev/contracts/agents'
import { compact } from '@alkdev/std'
import type { Command } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { columns, print, table } from '../../hub/print.ts'
import { next as ofFiles } from './offline-commands.ts'

export const next: Command = {
  usage: '[FOLDER] [options]',
  summary:
    'Shows what can be started now, best first, of the files below FOLDER (default: tasks), or with --synced of the hub.',
  flags: {
    ...ofFiles.flags,
    ...hubFlags,
    synced: {
      type: 'boolean',
      summary:
        'What the hub holds: tasks that can be worked on at the same time, by remaining chain, then by risk.',
    },
    project: {
      type: 'string',
      value: 'SLUG',
      summary: 'With --synced: the project (default: default).',
    },
  },
  maxPositionals: 1,
  async run(args, io) {
    if (!args.flag('synced')) return ofFiles.run(args, io)
    if (args.positionals.length > 0)
      throw new UsageError('--synced does not go with a folder.', 'Leave one of them out.')
    const hub = await HubClient.from(args, io)
    const found = await hub.call<TasksNextOutput>(
      'tasks.next',
      compact({ project: args.text('project'), limit: args.number('limit') }),
    )
    print(io, args.flag('json'), found, () => {
      const rows = found.ready.map(({ slug, remaining, unblocks, risk, priority, name }) => [
        slug,
        remaining,
        unblocks,
        risk ?? '-',
        priority ?? '-',
        name,
      ])
      const lines = [
        ...(rows.length === 0
          ? []
          : [table(['id', 'chain', 'unblocks', 'risk', 'priority', 'name'], rows, columns(io))]),
        ...found.postponed.map(
          ({ slug, waitsFor, path }) => `${slug} waits for ${waitsFor}: both may change ${path}`,
        ),
        `${found.readyCount} ready, ${found.waitingCount} waiting`,
      ]
      return lines.join('\n')
    })
    return 0
  },
}
