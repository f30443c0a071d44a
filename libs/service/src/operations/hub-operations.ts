import type { Bus, DirectoryEntry, DirectoryFilter } from '@alkdev/bus'
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
import type { ErrorLogger } from '../telemetry/log-unexpected.ts'
import { OperationCursor } from './operation-cursor.ts'
import { operationDescription, operationSummary } from './operation-views.ts'
import { ServiceRegistry } from './service-registry.ts'
import { withSuggestions } from './suggest-operations.ts'

/** What finding operations needs of the bus. */
export type OperationFinder = Pick<Bus, 'directory' | 'instances'>

/** One answer for a name that does not exist and for one that the caller may not see. */
export function operationNotFound(operationId: string): CallError {
  return new CallError('OPERATION_NOT_FOUND', `There is no operation ${operationId}.`, {
    operationId,
  })
}

/** The operation whole, as the identity may see it. Throws OPERATION_NOT_FOUND. */
export function describeOperation(
  bus: OperationFinder,
  identity: Identity,
  operationId: string,
): OperationDescription {
  const entry = bus.directory.get(operationId, identity)
  if (entry === undefined)
    throw withSuggestions(bus, identity, operationId, operationNotFound(operationId))
  // An operation that every process answers itself is answered by this one.
  return operationDescription(entry, (service) =>
    service === 'local' ? 1 : bus.instances(service).length,
  )
}

/** A page of the operations that the identity may see. Throws VALIDATION_ERROR for a cursor of another list. */
export function listOperations(
  bus: OperationFinder,
  identity: Identity,
  filter: DirectoryFilter,
): HubListOutput {
  const cursor = new OperationCursor(identity, filter)
  const { items, nextCursor } = bus.directory.list(identity, {
    ...filter,
    ...(filter.cursor !== undefined && { cursor: cursor.read(filter.cursor) }),
  })
  const page: HubListOutput = {
    items: items.map((entry: DirectoryEntry) => operationSummary(entry)),
  }
  return nextCursor === undefined ? page : { ...page, nextCursor: cursor.write(nextCursor) }
}

/** The operations that match, best first. */
export function searchOperations(
  bus: OperationFinder,
  identity: Identity,
  { query, limit }: HubSearchInput,
): HubSearchOutput {
  const hits = bus.directory.search(identity, query, limit)
  return { items: hits.map(({ entry, score }) => ({ ...operationSummary(entry), score })) }
}

/** `hub.list`, `hub.search` and `hub.schema`, which every process answers from the registry that it holds. */
export function hubRegistry(bus: OperationFinder, logger: ErrorLogger): OperationRegistry {
  const registry = new ServiceRegistry(logger)
  registry.serve({
    ...serviceSpec('hub.list'),
    handler: (input: HubListInput, context: OperationContext) =>
      listOperations(bus, callerOf(context), input),
  })
  registry.serve({
    ...serviceSpec('hub.search'),
    handler: (input: HubSearchInput, context: OperationContext) =>
      searchOperations(bus, callerOf(context), input),
  })
  registry.serve({
    ...serviceSpec('hub.schema'),
    handler: ({ operationId }: HubSchemaInput, context: OperationContext) =>
      describeOperation(bus, callerOf(context), operationId),
  })
  return registry
}
