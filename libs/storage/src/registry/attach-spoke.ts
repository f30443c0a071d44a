import type { SpokeType } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { and, eq, sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'
import { ProviderType, SpokeStatus } from '../schema/spokes/families.ts'
import { operationRegistrations } from '../schema/spokes/operation-registrations.ts'
import { spokes } from '../schema/spokes/spokes.ts'
import type { SpokeHostInfo } from '../schema/spokes/spokes.ts'

export interface AttachSpoke {
  readonly name: string
  /** The account whose key attached it. */
  readonly ownerId: string
  readonly spokeType: SpokeType
  readonly projectId?: string
  readonly version?: string
  readonly capacity?: number
  readonly hostInfo?: SpokeHostInfo
  /** The broker process that holds the socket. */
  readonly instanceId: string
  /** Hash of the token for this attachment. */
  readonly sessionTokenHash: string
  /** Hash of the token that the spoke presented. */
  readonly presentedTokenHash?: string
}

export interface AttachedSpoke {
  readonly spokeId: string
  readonly epoch: number
  /** The attachment that this one replaces; absent when the spoke was not attached. */
  readonly previous?: PreviousAttachment
}

export interface PreviousAttachment {
  readonly instanceId: string
  readonly epoch: number
  /** A reconnect or hand-over, not a take-over. */
  readonly sameToken: boolean
  /** Its socket was lost before. */
  readonly suspended: boolean
}

/**
 * Attaches a spoke under its name and increments its epoch, in one transaction. Throws CONFLICT for a name of another account; then
 * nothing changes. Appends no registry change: `replaceRegistrations` does, ideally in the same transaction.
 */
export function attachSpoke(db: Db, attach: AttachSpoke): Promise<AttachedSpoke> {
  return inTransaction(db, async (tx) => {
    const before = await lockByName(tx, attach)
    if (before.ownerId !== attach.ownerId) {
      throw new CodedError('CONFLICT', 'The name belongs to a spoke of another account.')
    }
    const [row] = await tx
      .update(spokes)
      .set({
        spokeType: attach.spokeType,
        status: SpokeStatus.CONNECTED,
        projectId: attach.projectId ?? null,
        epoch: sql`${spokes.epoch} + 1`,
        instanceId: attach.instanceId,
        sessionTokenHash: attach.sessionTokenHash,
        version: attach.version ?? null,
        capacity: attach.capacity ?? null,
        hostInfo: attach.hostInfo ?? null,
        lastHeartbeat: sql`now()`,
        connectedAt: sql`now()`,
        suspendedAt: null,
        disconnectedAt: null,
        unresponsiveSince: null,
      })
      .where(eq(spokes.id, before.id))
      .returning({ epoch: spokes.epoch })
    // In another organization the spoke is a new member: its earlier offers do not make it the first there.
    if (before.projectId !== (attach.projectId ?? null)) await renewOffers(tx, before.id)
    const attached = { spokeId: before.id, epoch: must(row).epoch }
    if (before.epoch === 0 || before.instanceId === null) return attached
    const previous = {
      instanceId: before.instanceId,
      epoch: before.epoch,
      sameToken:
        attach.presentedTokenHash !== undefined &&
        attach.presentedTokenHash === before.sessionTokenHash,
      suspended: before.status === SpokeStatus.SUSPENDED,
    }
    return { ...attached, previous }
  })
}

/** Sets the time of the spoke's offers to now. */
async function renewOffers(tx: Db, spokeId: string): Promise<void> {
  await tx
    .update(operationRegistrations)
    .set({ createdAt: sql`now()` })
    .where(
      and(
        eq(operationRegistrations.providerType, ProviderType.SPOKE),
        eq(operationRegistrations.providerId, spokeId),
      ),
    )
}

async function lockByName(tx: Db, attach: AttachSpoke) {
  // The insert decides between two first attaches of one name; the second waits for it and finds the row.
  await tx
    .insert(spokes)
    .values({
      name: attach.name,
      ownerId: attach.ownerId,
      spokeType: attach.spokeType,
      instanceId: attach.instanceId,
    })
    .onConflictDoNothing({ target: spokes.name })
  const [row] = await tx
    .select({
      id: spokes.id,
      ownerId: spokes.ownerId,
      projectId: spokes.projectId,
      epoch: spokes.epoch,
      status: spokes.status,
      instanceId: spokes.instanceId,
      sessionTokenHash: spokes.sessionTokenHash,
    })
    .from(spokes)
    .where(eq(spokes.name, attach.name))
    .for('update')
  return must(row, 'the spoke just inserted')
}
