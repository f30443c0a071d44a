import type { RegistryOperation, RegistrySnapshot, RegistrySpoke } from '@alkdev/contracts'
import { must } from '@alkdev/std'
import { and, asc, eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { readChanges } from '../changes/read-changes.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { changeCounters } from '../schema/changes/change-counters.ts'
import { projects } from '../schema/projects/projects.ts'
import { operationRegistrations } from '../schema/spokes/operation-registrations.ts'
import { operations } from '../schema/spokes/operations.ts'
import { spokes } from '../schema/spokes/spokes.ts'
import { specOf } from './operation-spec-row.ts'

/** Maximum changes read at once; a reader that lags further behind reloads everything. */
const MAX_CHANGES = 10_000

/** Every spoke with its operations, disconnected ones included: their operations are known, though they have no provider now. */
export function loadRegistry(db: Db): Promise<RegistrySnapshot> {
  return coded(async () => {
    // The number first: what is loaded after it may be newer, never older.
    const [counter] = await db
      .select({ value: changeCounters.value })
      .from(changeCounters)
      .where(eq(changeCounters.topic, 'registry'))
    return { change: must(counter).value, spokes: await loadSpokes(db) }
  })
}

export interface RegistryDelta extends RegistrySnapshot {
  readonly removedSpokeIds: readonly string[]
}

/**
 * The spokes touched by the registry changes after `since`, and the number reached. Undefined when the list no longer
 * reaches back that far: then `loadRegistry`.
 */
export function loadRegistrySince(db: Db, since: number): Promise<RegistryDelta | undefined> {
  return coded(async () => {
    const list = await readChanges(db, 'registry', since, MAX_CHANGES)
    const reached = list.changes.at(-1)?.number ?? since
    if (!list.complete || reached < list.latest || list.latest < since) return undefined
    const ids = new Set(
      list.changes.flatMap(({ kind, subjectIds }) =>
        kind === 'spoke' || kind === 'spoke-removed' ? subjectIds : [],
      ),
    )
    const found =
      ids.size === 0
        ? []
        : await loadSpokes(db, sql`${spokes.id} = any(${sql.param([...ids])}::text[])`)
    for (const spoke of found) ids.delete(spoke.spokeId)
    return { change: reached, spokes: found, removedSpokeIds: [...ids] }
  })
}

async function loadSpokes(db: Db, condition?: SQL): Promise<RegistrySpoke[]> {
  const rows = await db
    .select({
      spokeId: spokes.id,
      name: spokes.name,
      spokeType: spokes.spokeType,
      ownerId: spokes.ownerId,
      orgId: projects.orgId,
      status: spokes.status,
      instanceId: spokes.instanceId,
      epoch: spokes.epoch,
      registration: {
        status: operationRegistrations.status,
        reason: operationRegistrations.reason,
        createdAt: operationRegistrations.createdAt,
        preRemapNamespace: operationRegistrations.preRemapNamespace,
        preRemapName: operationRegistrations.preRemapName,
      },
      operation: operations,
    })
    .from(spokes)
    .leftJoin(projects, eq(projects.id, spokes.projectId))
    .leftJoin(
      operationRegistrations,
      and(
        eq(operationRegistrations.providerType, 'spoke'),
        eq(operationRegistrations.providerId, spokes.id),
      ),
    )
    .leftJoin(operations, eq(operations.id, operationRegistrations.operationId))
    .where(condition)
    .orderBy(asc(spokes.id), asc(operations.namespace), asc(operations.name))

  const byId = new Map<string, RegistrySpoke & { readonly operations: RegistryOperation[] }>()
  for (const { registration, operation, orgId, instanceId, ...row } of rows) {
    let spoke = byId.get(row.spokeId)
    if (spoke === undefined) {
      spoke = {
        ...row,
        ...(orgId !== null && { orgId }),
        ...(instanceId !== null && { instanceId }),
        operations: [],
      }
      byId.set(row.spokeId, spoke)
    }
    if (registration === null || operation === null) continue
    const { preRemapNamespace, preRemapName, reason, status, createdAt } = registration
    spoke.operations.push({
      operationId: `${operation.namespace}.${operation.name}`,
      name: `${preRemapNamespace}.${preRemapName}`,
      spec: specOf(operation, preRemapNamespace, preRemapName),
      status,
      offeredAtMs: createdAt.getTime(),
      ...(reason !== null && { reason }),
    })
  }
  return [...byId.values()]
}
