import type { RegistrySnapshot, RegistrySpoke } from '@alkdev/contracts'
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
import { loadRegistryClients } from './load-registry-clients.ts'
import { groupByProvider, REGISTERED_OPERATION } from './registered-operations.ts'

/** Maximum changes read at once; a reader that lags further behind reloads everything. */
const MAX_CHANGES = 10_000

/** Spokes read with one statement: their rows are made into objects in one block of the event loop. */
const SPOKES_PER_PAGE = 200

/**
 * Every spoke and every outside service with its operations, including disconnected ones: their operations are known, although they have no provider now.
 * Spokes are read page by page, so that a process that reads many does other work in between.
 */
export function loadRegistry(db: Db, spokesPerPage = SPOKES_PER_PAGE): Promise<RegistrySnapshot> {
  return coded(async () => {
    // The number is read first: the rows loaded after it may be newer, never older.
    const [counter] = await db
      .select({ value: changeCounters.value })
      .from(changeCounters)
      .where(eq(changeCounters.topic, 'registry'))
    const found: RegistrySpoke[] = []
    for (let isWhole = false; !isWhole;) {
      const after = found.at(-1)?.spokeId ?? ''
      const page = await loadSpokes(
        db,
        sql`${spokes.id} in (select id from ${spokes} where id > ${after} order by id limit ${spokesPerPage})`,
      )
      for (const spoke of page) found.push(spoke)
      isWhole = page.length < spokesPerPage
    }
    for (const client of await loadRegistryClients(db)) found.push(client)
    return { change: must(counter).value, spokes: found }
  })
}

export interface RegistryDelta extends RegistrySnapshot {
  readonly removedSpokeIds: readonly string[]
}

/**
 * The spokes and outside services affected by the registry changes after `since`, and the number reached. Undefined when the list no longer
 * contains them: then use `loadRegistry`.
 */
export function loadRegistrySince(db: Db, since: number): Promise<RegistryDelta | undefined> {
  return coded(async () => {
    const list = await readChanges(db, 'registry', since, MAX_CHANGES)
    const reached = list.changes.at(-1)?.number ?? since
    if (!list.complete || reached < list.latest || list.latest < since) return undefined
    const idsOf = (...kinds: readonly string[]): string[] => [
      ...new Set(
        list.changes.flatMap(({ kind, subjectIds }) => (kinds.includes(kind) ? subjectIds : [])),
      ),
    ]
    const spokeIds = idsOf('spoke', 'spoke-removed')
    const clientIds = idsOf('client')
    const found = [
      ...(spokeIds.length === 0
        ? []
        : await loadSpokes(db, sql`${spokes.id} = any(${sql.param(spokeIds)}::text[])`)),
      ...(clientIds.length === 0 ? [] : await loadRegistryClients(db, clientIds)),
    ]
    const removed = new Set([...spokeIds, ...clientIds])
    for (const { spokeId } of found) removed.delete(spokeId)
    return { change: reached, spokes: found, removedSpokeIds: [...removed] }
  })
}

async function loadSpokes(db: Db, condition: SQL): Promise<RegistrySpoke[]> {
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
      ...REGISTERED_OPERATION,
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

  return groupByProvider(
    rows,
    ({ registration: _registration, operation: _operation, orgId, instanceId, ...spoke }) => ({
      ...spoke,
      ...(orgId !== null && { orgId }),
      ...(instanceId !== null && { instanceId }),
    }),
  )
}
