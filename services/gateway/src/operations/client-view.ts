import type { Client, ClientType } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { ClientView } from '@alkdev/storage'

/** A client as it is told of: that it has a secret, never which. */
export function clientView(row: ClientView): Client {
  return {
    clientId: row.id,
    name: row.name,
    type: row.type as ClientType,
    config: row.config,
    enabled: row.enabled,
    ownerId: row.ownerId,
    hasSecret: row.hasSecret,
    createdAt: row.createdAt.toISOString(),
  }
}

export function clientNotFound(name: string): CallError {
  return new CallError(
    'CLIENT_NOT_FOUND',
    `There is no client ${name}.`,
    { name },
    { httpStatus: 404 },
  )
}
