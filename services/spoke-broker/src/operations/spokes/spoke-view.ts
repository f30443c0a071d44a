import type { Spoke } from '@alkdev/contracts'
import type { SpokeView } from '@alkdev/storage'

/** A spoke as operations return it. */
export function spokeView(row: SpokeView, operationCount: number): Spoke {
  return {
    spokeId: row.id,
    name: row.name,
    spokeType: row.spokeType,
    ownerId: row.ownerId,
    status: row.status,
    epoch: row.epoch,
    ...(row.version !== null && { version: row.version }),
    ...(row.hostInfo !== null && { hostInfo: row.hostInfo }),
    ...(row.connectedAt !== null && { connectedAt: row.connectedAt.toISOString() }),
    ...(row.disconnectedAt !== null && { disconnectedAt: row.disconnectedAt.toISOString() }),
    ...(row.unresponsiveSince !== null && {
      unresponsiveSince: row.unresponsiveSince.toISOString(),
    }),
    operationCount,
  }
}
