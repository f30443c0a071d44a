import type { CallsTreeOutput } from '@alkdev/contracts'
import { compact, didYouMean } from '@alkdev/std'
import type { Command } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { callIdOf } from './call-id-of.ts'
import { dotOf, linesOf, mermaidOf } from './draw-tree.ts'

const formats = { text: linesOf, mermaid: mermaidOf, dot: dotOf } as const

export const tree: Command = {
  usage: 'CALL [options]',
  summary: 'Shows the tree of calls below a call. CALL is an id or a prefix of it.',
  flags: {
    ...hubFlags,
    format: {
      type: 'string',
      value: 'FORMAT',
      summary: '`text` (default), `mermaid` or `dot` (for Graphviz).',
    },
    depth: {
      type: 'string',
      value: 'N',
      summary: 'Levels below the call (default 16, at most 64).',
    },
    limit: { type: 'string', value: 'N', summary: 'Calls at most (default 200, at most 1000).' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const format = args.text('format') ?? 'text'
    const draw = Object.hasOwn(formats, format)
      ? formats[format as keyof typeof formats]
      : undefined
    if (draw === undefined)
      throw new UsageError(
        `There is no format \`${format}\`.${didYouMean(format, Object.keys(formats))}`,
        'Give `text`, `mermaid` or `dot`.',
      )
    const [depth, limit] = [args.number('depth'), args.number('limit')]
    const hub = await HubClient.from(args, io)
    const found = await hub.call<CallsTreeOutput>('calls.tree', {
      callId: await callIdOf(hub, args),
      ...compact({ depth, limit }),
    })
    print(io, args.flag('json'), found, () => draw(found))
    return 0
  },
}
