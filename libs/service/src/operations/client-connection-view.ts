import type { ClientConnectionView } from '@alkdev/contracts'
import { countClientOperations, listClientConnections } from '@alkdev/storage'
import type { ClientView, Db } from '@alkdev/storage'

const CONNECTED_TYPES: ReadonlySet<string> = new Set(['mcp-server', 'openapi'])

/** The connections of clients whose tools or paths become operations, by client id. Other clients have none. */
export async function clientConnections(
  db: Db,
  clients: readonly Pick<ClientView, 'id' | 'type' | 'enabled'>[],
): Promise<ReadonlyMap<string, ClientConnectionView>> {
  const connected = clients.filter(({ type }) => CONNECTED_TYPES.has(type))
  const ids = connected.map(({ id }) => id)
  if (ids.length === 0) return new Map()
  const [rows, counts] = await Promise.all([
    listClientConnections(db, ids),
    countClientOperations(db, ids),
  ])
  return new Map(
    connected.map(({ id, enabled }): [string, ClientConnectionView] => {
      const row = rows.get(id)
      const { active = 0, held = 0 } = counts.get(id) ?? {}
      const status = enabled ? (row?.status ?? 'connecting') : 'off'
      return [
        id,
        {
          status,
          operations: status === 'connected' ? active : 0,
          held,
          offered: row?.offered ?? 0,
          ...(row?.lastError != null && { lastError: row.lastError }),
          ...(row?.connectedAt != null && { connectedAt: row.connectedAt.toISOString() }),
          ...(row?.checkedAt != null && { checkedAt: row.checkedAt.toISOString() }),
          ...(row?.protocolVersion != null && { protocolVersion: row.protocolVersion }),
        },
      ]
    }),
  )
}
