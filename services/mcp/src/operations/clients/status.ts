import { serviceSpec } from '@alkdev/contracts'
import type { ClientOperation, ClientsStatusInput, ClientStatus } from '@alkdev/contracts'
import type { IOperationDefinition, OperationContext, OperationSpec } from '@alkdev/operations'
import { callerOf, clientConnections, visibleClient } from '@alkdev/service'
import { canonicalJson, compact, must } from '@alkdev/std'
import { getClientConnection, listClientOperations } from '@alkdev/storage'
import type { ClientOperationView } from '@alkdev/storage'
import type { McpContext } from '../../context.ts'
import { toolNameOf } from '../../outside/to-operations.ts'

const DEFAULT_LIMIT = 50
/** What is compared, and shown, of a held definition. */
const PARTS = ['title', 'description', 'type', 'inputSchema', 'outputSchema', 'hints'] as const

/** `clients.status` */
export function clientsStatus({ runtime: { db } }: McpContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.status'),
    async handler(
      { name, held = false, after, limit = DEFAULT_LIMIT }: ClientsStatusInput,
      context: OperationContext,
    ): Promise<ClientStatus> {
      const client = await visibleClient(db, callerOf(context), name)
      const [connections, row, found] = await Promise.all([
        clientConnections(db, [client]),
        getClientConnection(db, client.id),
        listClientOperations(db, client.id, {
          limit: limit + 1,
          heldOnly: held,
          ...compact({ after }),
        }),
      ])
      const items = found.slice(0, limit)
      return {
        name,
        connection: connections.get(client.id) ?? {
          status: 'off',
          operations: 0,
          held: 0,
          offered: 0,
        },
        refused: [...(row?.refused ?? [])],
        operations: items.map((one) => operationView(name, one)),
        ...(found.length > limit && { nextAfter: must(items.at(-1)).name }),
      }
    },
  }
}

function operationView(client: string, one: ClientOperationView): ClientOperation {
  const { name, status, reason, changedAt, spec, held, heldHash } = one
  return {
    operationId: `${client}.${name}`,
    tool: toolNameOf(spec),
    status,
    ...(reason !== null && { reason }),
    ...(changedAt !== null && { changedAt: changedAt.toISOString() }),
    ...(held !== null && {
      held: {
        changes: PARTS.filter(
          (part) => canonicalJson(spec[part] ?? null) !== canonicalJson(held[part] ?? null),
        ),
        accepted: definitionOf(spec),
        offered: definitionOf(held),
        ...(heldHash !== null && { hash: heldHash }),
      },
    }),
  }
}

function definitionOf(spec: OperationSpec) {
  const { title, description, type, hints, inputSchema, outputSchema } = spec
  return { ...compact({ title, hints }), description, type, inputSchema, outputSchema }
}
