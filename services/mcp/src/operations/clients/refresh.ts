import { serviceSpec } from '@alkdev/contracts'
import type { ClientRef, ClientRefreshed } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { callerOf, clientConnections, operableClient } from '@alkdev/service'
import { must, sleep } from '@alkdev/std'
import { getClientConnection, requestClientRefresh } from '@alkdev/storage'
import type { McpContext } from '../../context.ts'

const WAIT_MS = 20_000
const POLL_MS = 250

/** `clients.refresh`: the process that holds the connection reads the request from the database. */
export function clientsRefresh({ runtime: { db } }: McpContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.refresh'),
    async handler({ name }: ClientRef, context: OperationContext): Promise<ClientRefreshed> {
      const client = await operableClient(db, callerOf(context), name)
      if (!client.enabled)
        throw new CallError(
          'CONFLICT',
          `${name} is off. Use it again with \`alkhub clients update ${name} --on\`.`,
          { name },
        )
      const requestedAt = await requestClientRefresh(db, client.id)
      const until = performance.now() + WAIT_MS
      while (performance.now() < until) {
        await sleep(POLL_MS, context.signal)
        const row = await getClientConnection(db, client.id)
        if (row === undefined || isAnswered(row, requestedAt)) break
      }
      const connection = must((await clientConnections(db, [client])).get(client.id))
      return { name, connection, at: new Date().toISOString() }
    },
  }
}

type ConnectionRow = NonNullable<Awaited<ReturnType<typeof getClientConnection>>>

/** The process that holds the connection has read the tools, and says that it is connected; or it has failed. What is offered is written before it is connected. */
export function isAnswered(
  {
    status,
    checkedAt,
    lastError,
    updatedAt,
  }: Pick<ConnectionRow, 'status' | 'checkedAt' | 'lastError' | 'updatedAt'>,
  requestedAt: Date,
): boolean {
  if (lastError !== null) return updatedAt > requestedAt
  return status === 'connected' && checkedAt !== null && checkedAt >= requestedAt
}
