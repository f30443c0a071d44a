import { SPOKE_TYPES } from '@alkdev/contracts'
import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  unique,
} from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { projects } from '../projects/projects.ts'
import { SpokeStatus } from './families.ts'

export const spokeType = pgEnum('spoke_type', SPOKE_TYPES)
export const spokeStatus = pgEnum('spoke_status', valuesOf(SpokeStatus))

/** What a spoke says of its machine. */
export interface SpokeHostInfo {
  readonly os?: string
  readonly arch?: string
  readonly nodeVersion?: string
  /** Bytes. */
  readonly memory?: number
  readonly cpu?: number | string
}

/**
 * Spokes by name. The name belongs to the account that first attached it. The organization is that of the project,
 * read with a join, so that the two can't disagree.
 */
export const spokes = pgTable(
  'spokes',
  {
    ...commonColumns(),
    name: text().notNull(),
    spokeType: spokeType().notNull(),
    status: spokeStatus().notNull().default(SpokeStatus.CONNECTED),
    ownerId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'restrict' }),
    projectId: text().references(() => projects.id, { onDelete: 'set null' }),
    /** Raised by each attach, in its transaction. Who shows a lower one registers nothing and is given no calls. */
    epoch: bigint({ mode: 'number' }).notNull().default(0),
    /** The broker process that holds the socket; null when none does. */
    instanceId: text(),
    /** SHA-256 of the token that makes a reconnect out of a take-over. */
    sessionTokenHash: text(),
    version: text(),
    /** Calls that it takes at once; null: the broker's default. */
    capacity: integer(),
    hostInfo: jsonb().$type<SpokeHostInfo>(),
    lastHeartbeat: instant(),
    connectedAt: instant(),
    suspendedAt: instant(),
    disconnectedAt: instant(),
    /** Since when the program of a connected spoke takes no calls although its socket is alive; null while it takes them. */
    unresponsiveSince: instant(),
  },
  (t) => [
    unique('unq_spokes_name').on(t.name),
    index('idx_spokes_owner_id').on(t.ownerId),
    index('idx_spokes_project_id').on(t.projectId),
    index('idx_spokes_status').on(t.status),
    index('idx_spokes_instance_id')
      .on(t.instanceId)
      .where(sql`${t.instanceId} is not null`),
    index('idx_spokes_active')
      .on(t.id)
      .where(sql`${t.status} = 'connected'`),
    index('idx_spokes_suspended')
      .on(t.suspendedAt)
      .where(sql`${t.status} = 'suspended'`),
    check('chk_spokes_name', sql`${t.name} ~ '^[a-z0-9][a-z0-9-]{0,62}$'`),
    check('chk_spokes_epoch', sql`${t.epoch} >= 0`),
    check('chk_spokes_capacity', sql`${t.capacity} > 0`),
    check(
      'chk_spokes_status',
      sql`(${t.status} = 'connected' and ${t.instanceId} is not null and ${t.disconnectedAt} is null)
        or (${t.status} = 'suspended' and ${t.suspendedAt} is not null and ${t.disconnectedAt} is null)
        or (${t.status} = 'disconnected' and ${t.instanceId} is null and ${t.disconnectedAt} is not null)`,
    ),
  ],
)

export const SpokeRow = createSelectSchema(spokes)
export type SpokeRow = Static<typeof SpokeRow>
export const SpokeInsert = createInsertSchema(spokes)
export type SpokeInsert = Static<typeof SpokeInsert>
export const SpokeUpdate = createUpdateSchema(spokes)
export type SpokeUpdate = Static<typeof SpokeUpdate>
