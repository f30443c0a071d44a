import type { Bus, DirectoryEntry, DirectoryFilter, SearchOptions } from '@alkdev/bus'
import { serviceSpec } from '@alkdev/contracts'
import type {
  HubListInput,
  HubListOutput,
  HubSchemaInput,
  HubSearchInput,
  HubSearchOutput,
  OperationDescription,
} from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { Identity, OperationContext, OperationRegistry } from '@alkdev/operations'
import { callerOf } from '../audit/audit.ts'
import type { SearchStage } from '../search/embedding-stage.ts'
import type { ErrorLogger } from '../telemetry/log-unexpected.ts'
import { OperationCursor } from './operation-cursor.ts'
import { operationDescription, operationSummary } from './operation-views.ts'
import { ServiceRegistry } from './service-registry.ts'
import { withSuggestions } from './suggest-operations.ts'

/** The part of the bus that these operations use. */
export type OperationFinder = Pick<Bus, 'directory' | 'instances'>

/** The same error for a name that does not exist and for one that the caller may not see. */
export function operationNotFound(operationId: string): CallError {
  return new CallError('OPERATION_NOT_FOUND', `There is no operation ${operationId}.`, {
    operationId,
  })
}

/** The full description of an operation, as the identity may see it. Throws OPERATION_NOT_FOUND. */
export async function describeOperation(
  bus: OperationFinder,
  identity: Identity,
  operationId: string,
): Promise<OperationDescription> {
  const entry = bus.directory.get(operationId, identity)
  if (entry === undefined)
    throw await withSuggestions(bus, identity, operationId, operationNotFound(operationId))
  // Every process executes a local operation itself, so this one is its only instance.
  return operationDescription(entry, (service) =>
    service === 'local' ? 1 : bus.instances(service).length,
  )
}

export interface ListFilter extends DirectoryFilter {
  /** Words of a query: the page has what fits best, and is the only one. */
  readonly q?: string
}

/** A page of the operations that the identity may see. Throws VALIDATION_ERROR for a cursor of another list. */
export async function listOperations(
  { directory }: OperationFinder,
  identity: Identity,
  filter: ListFilter,
): Promise<HubListOutput> {
  const cursor = new OperationCursor(identity, filter)
  const at = filter.cursor === undefined ? {} : { cursor: cursor.read(filter.cursor) }
  const { items, nextCursor } = filter.q?.trim()
    ? await directory.ranked(identity, filter.q, filter)
    : directory.list(identity, { ...filter, ...at })
  const page: HubListOutput = {
    items: items.map((entry: DirectoryEntry) => operationSummary(entry)),
  }
  return nextCursor === undefined ? page : { ...page, nextCursor: cursor.write(nextCursor) }
}

const SEARCH_ADVICE =
  'No operation that you may call matches. Try a verb and a noun of another kind ("create invoice"), fewer words, or the name of the product, or page through list.'

export interface SearchHelp extends Pick<SearchOptions, 'factorOf' | 'signal'> {
  readonly stage?: SearchStage | undefined
}

/** The operations that match, best first, or advice when there are none. */
export async function searchOperations(
  bus: OperationFinder,
  identity: Identity,
  { query, limit }: HubSearchInput,
  { factorOf, stage, signal }: SearchHelp = {},
): Promise<HubSearchOutput> {
  const nearest = await stage?.nearestTo(query)
  const hits = await bus.directory.search(identity, query, { limit, factorOf, nearest, signal })
  if (hits.length === 0) return { items: [], advice: SEARCH_ADVICE }
  return { items: hits.map(({ entry, score }) => ({ ...operationSummary(entry), score })) }
}

/** `hub.list`, `hub.search` and `hub.schema`, which every process answers from the registry that it holds. */
export function hubRegistry(
  bus: OperationFinder,
  logger: ErrorLogger,
  stage?: SearchStage,
): OperationRegistry {
  const registry = new ServiceRegistry(logger)
  registry.serve({
    ...serviceSpec('hub.list'),
    handler: (input: HubListInput, context: OperationContext) =>
      listOperations(bus, callerOf(context), input),
  })
  registry.serve({
    ...serviceSpec('hub.search'),
    handler: (input: HubSearchInput, context: OperationContext) =>
      searchOperations(bus, callerOf(context), input, { stage, signal: context.signal }),
  })
  registry.serve({
    ...serviceSpec('hub.schema'),
    handler: ({ operationId }: HubSchemaInput, context: OperationContext) =>
      describeOperation(bus, callerOf(context), operationId),
  })
  return registry
}
