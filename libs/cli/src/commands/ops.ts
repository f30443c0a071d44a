import type { OperationDescription } from '@alkdev/contracts'
import type { Command, Io, Parsed } from '../command.ts'
import { HubProblemError } from '../failure.ts'
import { findOperations } from '../hub/find-operations.ts'
import type { ListedOperation } from '../hub/find-operations.ts'
import { HubClient } from '../hub/hub-client.ts'
import { hubFlags } from '../hub/hub-target.ts'
import { columns, print, table } from '../hub/print.ts'
import { showOperation } from '../hub/show-operation.ts'

const DEFAULT_LIMIT = 1000
/** Best matches that a search shows. */
const DEFAULT_MATCHES = 20

export const ops: Command = {
  usage: '[OPERATION | words] [options]',
  summary:
    'Lists the operations that you may call; with words the best matches first. With the name of one operation: its input members with their types, its output, and a line that calls it.',
  flags: {
    ...hubFlags,
    namespace: { type: 'string', summary: 'Only this namespace: `tasks`, `dev.my-laptop.fs`.' },
    type: { type: 'string', summary: 'Only query, mutation or subscription.' },
    tag: { type: 'string', summary: 'Only operations with this tag.' },
    all: {
      type: 'boolean',
      summary: 'Also those of spokes that are gone, which have no provider now.',
    },
    limit: {
      type: 'string',
      value: 'N',
      summary: `How many at most (default ${DEFAULT_LIMIT}; of a search ${DEFAULT_MATCHES}).`,
    },
    cursor: { type: 'string', summary: 'Where an earlier list ended.' },
  },
  most: 20,
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const words = args.positionals
    if (words.length === 1 && /^[\w-]+(\.[\w-]+)+$/.test(words[0] ?? '')) {
      const found = await describe(hub, words[0] ?? '')
      if (found !== undefined) {
        print(io, args.flag('json'), found, () => showOperation(found, columns(io)))
        return 0
      }
    }
    return list(hub, args, io)
  },
}

/** The operation of exactly this name; undefined when there is none. */
async function describe(hub: HubClient, name: string): Promise<OperationDescription | undefined> {
  return hub
    .get<OperationDescription>(`/api/operations/${encodeURIComponent(name)}`)
    .catch((error: unknown) => {
      if (error instanceof HubProblemError && error.code === 'OPERATION_NOT_FOUND') return undefined
      throw error
    })
}

async function list(hub: HubClient, args: Parsed, io: Io): Promise<number> {
  const query: Record<string, string> = args.flag('all') ? { departed: '1' } : {}
  const searched = args.positionals.length > 0
  if (searched) query['q'] = args.positionals.join(' ')
  for (const name of ['namespace', 'type', 'tag', 'cursor']) {
    const value = args.text(name)
    if (value !== undefined) query[name] = value
  }
  const limit = args.number('limit') ?? (searched ? DEFAULT_MATCHES : DEFAULT_LIMIT)
  const page = await findOperations(hub, query, limit)
  print(io, args.flag('json'), page, () => {
    if (page.items.length === 0) return 'No operation that you may see matches.'
    const rows = page.items.map((item) => [
      item.operationId,
      item.type,
      `${item.departed === true ? '(no provider now) ' : ''}${item.title ?? item.description}`,
    ])
    const text = table(['operation', 'type', 'what it does'], rows, columns(io))
    const more =
      page.nextCursor === undefined
        ? ''
        : `\n\nThere are more: raise --limit, or go on with --cursor ${page.nextCursor}`
    return `${searched ? text : grouped(text, page.items)}${more}\n\nalkhub ops OPERATION shows what one takes.`
  })
  return 0
}

/** The rows of a table with an empty line between namespaces. */
function grouped(text: string, items: readonly ListedOperation[]): string {
  const [head = '', ...rows] = text.split('\n')
  const namespaceOf = (at: number): string => {
    const id = items[at]?.operationId ?? ''
    return id.slice(0, id.lastIndexOf('.'))
  }
  const lines = rows.flatMap((row, at) =>
    at > 0 && namespaceOf(at) !== namespaceOf(at - 1) ? ['', row] : [row],
  )
  return [head, ...lines].join('\n')
}
