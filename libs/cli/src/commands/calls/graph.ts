import type { CallsGraphOutput } from '@alkdev/contracts'
import { didYouMean } from '@alkdev/std'
import type { Command } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { flagsOf, inputOf } from '../../hub/operation-command.ts'
import { print } from '../../hub/print.ts'
import { durationOf } from '../../input/times.ts'
import { dotGraph, mermaidGraph, textGraph } from './draw-graph.ts'
import { filterFlags } from './filter-flags.ts'

const formats = { text: textGraph, mermaid: mermaidGraph, dot: dotGraph } as const
const HOUR_MS = 3_600_000

function hoursOf(text: string): number {
  return Math.max(1, Math.ceil(durationOf('window', text, '12h or 7d') / HOUR_MS))
}

function countOf(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= 200) return count
  throw new UsageError(`--limit takes 1 to 200, not \`${text}\`.`, 'Write a whole number.')
}

const { account, org, all } = filterFlags

const options = {
  operationId: 'calls.graph',
  usage: '[options]',
  summary:
    'Shows how operations belong together: which calls which, which is called after which, and which output is a valid input of which operation.',
  inputs: {
    account,
    org,
    all,
    namespace: {
      type: 'string',
      value: 'NAME',
      member: 'namespace',
      summary: 'Only operations of this namespace: `tasks`, `dev.my-laptop.fs`.',
    },
    window: {
      type: 'string',
      value: 'TIME',
      member: 'hours',
      read: hoursOf,
      summary: 'Calls of this time up to now: `12h`, `7d` (default `24h`).',
    },
    limit: {
      type: 'string',
      value: 'N',
      member: 'limit',
      read: countOf,
      summary: 'Operations at most (default 60, at most 200).',
    },
  },
} as const

export const graph: Command = {
  usage: options.usage,
  summary: options.summary,
  flags: {
    ...flagsOf(options),
    'no-fits': { type: 'boolean', summary: 'Without the comparison of schemas.' },
    format: {
      type: 'string',
      value: 'FORMAT',
      summary: '`text` (default), `mermaid` or `dot` (for Graphviz).',
    },
  },
  async run(args, io) {
    const format = args.text('format') ?? 'text'
    if (!Object.hasOwn(formats, format))
      throw new UsageError(
        `There is no format \`${format}\`.${didYouMean(format, Object.keys(formats))}`,
        'Give `text`, `mermaid` or `dot`.',
      )
    const draw = formats[format as keyof typeof formats]
    const hub = await HubClient.from(args, io)
    const input = await inputOf(options, hub, args, io)
    const found = await hub.call<CallsGraphOutput>(options.operationId, {
      ...input,
      ...(args.flag('no-fits') && { fits: false }),
    })
    print(io, args.flag('json'), found, () => draw(found))
    return 0
  },
}
