import type { Command } from '../command.ts'
import { HubClient, hubFlags } from '../hub/hub-client.ts'
import { columns, print, table } from '../hub/print.ts'

interface Page {
  readonly items: readonly {
    operationId: string
    type: string
    title?: string
    description: string
  }[]
  readonly nextCursor?: string
}

export const ops: Command = {
  usage: '[words] [options]',
  summary: 'Lists the operations that you may call; with words the best matches first.',
  flags: {
    ...hubFlags,
    namespace: { type: 'string', summary: 'Only this namespace: `tasks`, `dev.my-laptop.fs`.' },
    type: { type: 'string', summary: 'Only query, mutation or subscription.' },
    tag: { type: 'string', summary: 'Only operations with this tag.' },
    limit: { type: 'string', value: 'N', summary: 'How many at most (default 50).' },
    cursor: { type: 'string', summary: 'Where an earlier list ended.' },
  },
  most: 20,
  async run(args, io) {
    const hub = await HubClient.from(args, io.signal)
    const query = new URLSearchParams()
    if (args.positionals.length > 0) query.set('q', args.positionals.join(' '))
    for (const name of ['namespace', 'type', 'tag', 'limit', 'cursor']) {
      const value = args.text(name)
      if (value !== undefined) query.set(name, value)
    }
    const page = await hub.get<Page>(`/api/operations?${query.toString()}`)
    print(io, args.flag('json'), page, () => {
      if (page.items.length === 0) return 'No operation that you may see fits.'
      const rows = page.items.map((item) => [
        item.operationId,
        item.type,
        item.title ?? item.description,
      ])
      const more = page.nextCursor ? `\n\nThere are more: --cursor ${page.nextCursor}` : ''
      return table(['operation', 'type', 'what it does'], rows, columns(io)) + more
    })
    return 0
  },
}
