import { createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, jsonb, pgEnum, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAtColumn, instant, updatedAtColumn, valuesOf } from '../common.ts'
import { clients } from './clients.ts'
import { ClientConnectionStatus } from './families.ts'

export const clientConnectionStatus = pgEnum(
  'client_connection_status',
  valuesOf(ClientConnectionStatus),
)

/** A tool or path of an outside service that did not become an operation. */
export interface RefusedTool {
  readonly name: string
  readonly reason: string
}

/**
 * The process that holds the connection to an outside service, under a lease by the clock of the database, and the state of that
 * connection. The row stays when the client is disabled, so that its epoch never falls.
 */
export const clientConnections = pgTable(
  'client_connections',
  {
    clientId: text()
      .primaryKey()
      .references(() => clients.id, { onDelete: 'cascade' }),
    createdAt: createdAtColumn(),
    updatedAt: updatedAtColumn(),
    /** The process of the mcp service; null when none holds it. */
    instanceId: text(),
    /** Raised by each process that takes the connection over. What shows a lower one writes nothing. */
    epoch: bigint({ mode: 'number' }).notNull().default(0),
    leaseUntil: instant(),
    status: clientConnectionStatus().notNull().default(ClientConnectionStatus.CONNECTING),
    /** Why the last attempt failed; null when it did not. Holds no secret and no address. */
    lastError: text(),
    connectedAt: instant(),
    /** When its tools were read last. */
    checkedAt: instant(),
    /** When an account asked for its tools to be read again. */
    refreshRequestedAt: instant(),
    /** Tools and paths that the service offers, refused ones included. */
    offered: integer().notNull().default(0),
    /** The first of those that did not become operations. */
    refused: jsonb().$type<readonly RefusedTool[]>().notNull().default([]),
    protocolVersion: text(),
  },
  (t) => [
    index('idx_client_connections_instance_id')
      .on(t.instanceId)
      .where(sql`${t.instanceId} is not null`),
    check('chk_client_connections_epoch', sql`${t.epoch} >= 0`),
    check(
      'chk_client_connections_lease',
      sql`(${t.instanceId} is null) = (${t.leaseUntil} is null)`,
    ),
  ],
)

export const ClientConnectionRow = createSelectSchema(clientConnections)
export type ClientConnectionRow = Static<typeof ClientConnectionRow>
