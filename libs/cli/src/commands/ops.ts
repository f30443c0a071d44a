import type { OperationDescription } from '@alkdev/contracts'
import type { Command, Io, Parsed } from '../command.ts'
import { HubProblemError } from '../failure.ts'
import { findOperations, withNearestOperation } from '../hub/find-operations.ts'
import type { ListedOperation } from '../hub/find-operations.ts'
import { HubClient } from '../hub/hub-client.ts'
import { hubFlags } from '../hub/hub-target.ts'
import { cursorFlag, limitOf, moreLine } from '../hub/pages.ts'
import { columns, print, tableLayout } from '../hub/print.ts'
import { showOperation } from '../hub/show-operation.ts'
import { startedAs } from '../started-as.ts'

const DEFAULT_LIMIT = 1000
/** Maximum matches that a search shows. */
const DEFAULT_MATCHES = 20

export const ops: Command = {
  usage: '[OPERATION | words] [options]',
  summary:
    'Lists the operations that you may call. With words: the operations that match, best first. With the name of an operation: its input members with their types, its output, and an example call. With the name of a namespace: its operations.',
  flags: {
    ...hubFlags,
    namespace: { type: 'string', summary: 'Only this namespace: `tasks`, `dev.my-laptop.fs`.' },
    type: { type: 'string', summary: 'Only query, mutation or subscription.' },
    tag: { type: 'string', summary: 'Only operations with this tag.' },
    all: {
      type: 'boolean',
      summary: 'Include operations without a provider now, because their spokes are disconnected.',
    },
    limit: {
      type: 'string',
      value: 'N',
      summary: `Maximum number of lines (default ${DEFAULT_LIMIT}; ${DEFAULT_MATCHES} for a search).`,
    },
    ...cursorFlag,
  },
  maxPositionals: 20,
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const words = args.positionals
    if (words.length === 1 && /^[\w-]+(\.[\w-]+)+$/.test(words[0] ?? '')) {
      const name = words[0] ?? ''
      const found = await describe(hub, name)
      if ('error' in found) {
        // A search for a dotted name would find unrelated operations.
        if (!(await isNamespace(hub, name, args)))
          throw await withNearestOperation(hub, name, found.error)
        return list(hub, { namespace: name }, args, io)
      }
      print(io, args.flag('json'), found.operation, () =>
        showOperation(found.operation, columns(io), startedAs(io)),
      )
      return 0
    }
    const [word = ''] = words
    if (words.length === 1 && /^[\w-]+$/.test(word) && (await isNamespace(hub, word, args)))
      return list(hub, { namespace: word }, args, io)
    return list(hub, words.length > 0 ? { q: words.join(' ') } : {}, args, io)
  },
}

/** True when operations that the caller may see are in the namespace, with `--all` also those without a provider. */
async function isNamespace(hub: HubClient, namespace: string, args: Parsed): Promise<boolean> {
  const departed = args.flag('all') ? { departed: '1' } : {}
  return (await findOperations(hub, { namespace, ...departed }, 1)).items.length > 0
}

type Described = { readonly operation: OperationDescription } | { readonly error: HubProblemError }

/** The operation with exactly this name. Throws when there is none. */
async function describe(hub: HubClient, name: string): Promise<Described> {
  try {
    const path = `/api/operations/${encodeURIComponent(name)}`
    return { operation: await hub.get<OperationDescription>(path) }
  } catch (error) {
    if (error instanceof HubProblemError && error.code === 'OPERATION_NOT_FOUND') return { error }
    throw error
  }
}

async function list(
  hub: HubClient,
  wanted: Readonly<Record<string, string>>,
  args: Parsed,
  io: Io,
): Promise<number> {
  const query: Record<string, string> = { ...wanted, ...(args.flag('all') && { departed: '1' }) }
  const searched = query['q'] !== undefined
  for (const name of ['namespace', 'type', 'tag', 'cursor']) {
    const value = args.text(name)
    if (value !== undefined) query[name] = value
  }
  const limit = limitOf(args) ?? (searched ? DEFAULT_MATCHES : DEFAULT_LIMIT)
  const page = await findOperations(hub, query, limit)
  print(io, args.flag('json'), page, () => {
    if (page.items.length === 0) return 'No operation that you may see matches.'
    const rows = page.items.map((item) => [
      item.operationId,
      item.type,
      `${item.departed === true ? '(no provider now) ' : ''}${item.title ?? item.description}`,
    ])
    const layout = tableLayout(['operation', 'type', 'what it does'], rows, columns(io))
    const lines = searched ? layout.rows : grouped(layout.rows, page.items)
    const note = layout.note === '' ? '' : `\n\n${layout.note}`
    const text = [layout.head, ...lines].join('\n')
    return `${text}${note}${moreLine(page, args)}\n\n${startedAs(io)} ops OPERATION shows what one takes.`
  })
  return 0
}

/** The rows of a table with an empty line between namespaces. */
function grouped(rows: readonly string[], items: readonly ListedOperation[]): readonly string[] {
  const namespaceOf = (at: number): string => {
    const id = items[at]?.operationId ?? ''
    return id.slice(0, id.lastIndexOf('.'))
  }
  return rows.flatMap((row, at) =>
    at > 0 && namespaceOf(at) !== namespaceOf(at - 1) ? ['', row] : [row],
  )
}
