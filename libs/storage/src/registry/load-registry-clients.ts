import type { RegistrySpoke } from '@alkdev/contracts'
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { Db } from '../database/types.ts'
import { CONNECTED_CLIENT_TYPES } from '../services/client-connections.ts'
import { clientConnections } from '../schema/services/client-connections.ts'
import { clients } from '../schema/services/clients.ts'
import { ClientConnectionStatus } from '../schema/services/families.ts'
import { operationRegistrations } from '../schema/spokes/operation-registrations.ts'
import { operations } from '../schema/spokes/operations.ts'
import { groupByProvider, REGISTERED_OPERATION } from './registered-operations.ts'

/**
 * Outside services as providers of operations: all, or those with the ids. A service whose connection is being opened again is suspended,
 * as a spoke is; one that is disabled, or could not be reached for longer, is disconnected.
 */
export async function loadRegistryClients(
  db: Db,
  ids?: readonly string[],
): Promise<RegistrySpoke[]> {
  const rows = await db
    .select({
      spokeId: clients.id,
      name: clients.name,
      ownerId: clients.ownerId,
      orgId: clients.orgId,
      enabled: clients.enabled,
      state: clientConnections.status,
      instanceId: clientConnections.instanceId,
      epoch: clientConnections.epoch,
      ...REGISTERED_OPERATION,
    })
    .from(clients)
    .leftJoin(clientConnections, eq(clientConnections.clientId, clients.id))
    .leftJoin(
      operationRegistrations,
      and(
        eq(operationRegistrations.providerType, 'client'),
        eq(operationRegistrations.providerId, clients.id),
      ),
    )
    .leftJoin(operations, eq(operations.id, operationRegistrations.operationId))
    .where(
      and(
        inArray(clients.type, [...CONNECTED_CLIENT_TYPES]),
        ids === undefined ? undefined : sql`${clients.id} = any(${sql.param(ids)}::text[])`,
      ),
    )
    .orderBy(asc(clients.id), asc(operations.name))

  return groupByProvider(rows, (row) => ({
    providerType: 'client',
    spokeId: row.spokeId,
    name: row.name,
    spokeType: 'client',
    ownerId: row.ownerId,
    status: statusOf(row),
    epoch: row.epoch ?? 0,
    ...(row.orgId !== null && { orgId: row.orgId }),
    ...(row.instanceId !== null && { instanceId: row.instanceId }),
  }))
}

function statusOf(row: {
  readonly enabled: boolean
  readonly state: ClientConnectionStatus | null
  readonly instanceId: string | null
}): RegistrySpoke['status'] {
  if (!row.enabled || row.state === null || row.state === ClientConnectionStatus.FAILED)
    return 'disconnected'
  return row.state === ClientConnectionStatus.CONNECTED && row.instanceId !== null
    ? 'connected'
    : 'suspended'
}
