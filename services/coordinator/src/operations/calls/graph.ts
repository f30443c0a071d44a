import { serviceSpec } from '@alkdev/contracts'
import type { CallsGraphEdge, CallsGraphInput, CallsGraphOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { Identity, IOperationDefinition, OperationContext } from '@alkdev/operations'
import { readCallOrder } from '@alkdev/storage'
import { fittingOperations } from '../../calls/fitting-operations.ts'
import { whoseCalls } from '../../calls/whose-calls.ts'
import type { CoordinatorContext } from '../../context.ts'

const HOUR_MS = 3_600_000
const MAX_EDGES = 1000
/** Names that are read of the log, before those of other namespaces are left out. */
const MAX_NAMES = 200

type Directory = CoordinatorContext['runtime']['bus']['directory']

/** `calls.graph` */
export function callsGraph({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, bus } = runtime
  return {
    ...serviceSpec('calls.graph'),
    async handler(input: CallsGraphInput, context: OperationContext): Promise<CallsGraphOutput> {
      const { hours = 24, fits = true, namespace, limit = 60 } = input
      const caller = callerOf(context)
      const whose = await whoseCalls(db, caller, input)
      const order = await readCallOrder(db, whose, {
        windowMs: hours * HOUR_MS,
        maxNames: MAX_NAMES,
        maxEdges: MAX_EDGES,
      })
      const called = order.operations.filter(
        ({ operationName }) => namespace === undefined || operationName.startsWith(`${namespace}.`),
      )
      const known = fits
        ? knownOperations(
            bus.directory,
            caller,
            namespace,
            called.map((one) => one.operationName),
            limit,
          )
        : { entries: [], complete: true }
      const operations = called
        .slice(0, limit)
        .map(({ operationName, count }) => ({ operationId: operationName, count }))
      const shown = new Set(operations.map(({ operationId }) => operationId))
      for (const { operationId } of known.entries)
        if (!shown.has(operationId) && operations.length < limit) {
          operations.push({ operationId, count: 0 })
          shown.add(operationId)
        }
      const edges: CallsGraphEdge[] = order.edges
        .filter(({ from, to }) => shown.has(from) && shown.has(to))
        .map((edge) => ({ ...edge }))
      const fitting = await fittingOperations(
        known.entries.filter(({ operationId }) => shown.has(operationId)),
        MAX_EDGES - edges.length,
        context.signal,
      )
      edges.push(...fitting.pairs.map(([from, to]) => ({ from, to, kind: 'fits' as const })))
      return {
        operations,
        edges,
        complete: order.complete && called.length <= limit && known.complete && fitting.complete,
      }
    },
  }
}

/** The operations that the caller may use: those that were called, then others of the directory, `limit` at most. */
function knownOperations(
  directory: Directory,
  caller: Identity,
  namespace: string | undefined,
  called: readonly string[],
  limit: number,
) {
  const page = directory.list(caller, { limit, ...(namespace !== undefined && { namespace }) })
  const entries = new Map(
    called.slice(0, limit).flatMap((name) => {
      const entry = directory.get(name, caller)
      return entry === undefined ? [] : [[name, entry] as const]
    }),
  )
  for (const entry of page.items) if (entries.size < limit) entries.set(entry.operationId, entry)
  return { entries: [...entries.values()], complete: page.nextCursor === undefined }
}
