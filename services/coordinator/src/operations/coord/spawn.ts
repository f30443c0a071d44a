import { FINDING_KINDS, serviceSpec } from '@alkdev/contracts'
import type { CoordSpawnInput, CoordSpawnOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity, IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { raiseFinding } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { getSession } from '@alkdev/storage/sessions'
import { readClaims } from '@alkdev/storage/tasks'
import type { CoordinatorContext } from '../../context.ts'
import { spawnSession } from '../../coordination/spawn-session.ts'
import { sessionView } from '../../sessions/session-views.ts'

/** `coord.spawn` */
export function coordSpawn({
  runtime,
  sessions,
  coordination,
}: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('coord.spawn'),
    async handler(input: CoordSpawnInput, context: OperationContext): Promise<CoordSpawnOutput> {
      const caller = callerOf(context)
      const spawned = await spawnSession(runtime, caller, input, context).catch(
        async (error: unknown) => {
          await reportStorm(db, caller, error)
          throw error
        },
      )
      const { sessionId, taskId, task } = spawned.mapping
      if (spawned.isNew) {
        const created = must(await getSession(db, sessionId))
        sessions.onChanged(created, 'created')
        coordination.emit('coord.spawned', created, { ...(taskId !== null && { taskId }) })
        const result = await coordination.runSpawn(sessionId)
        if (result.kind === 'undone') throw result.error
      }
      const row = must(await getSession(db, sessionId))
      const [claim] = taskId === null ? [] : await readClaims(db, [taskId])
      return {
        session: sessionView(row),
        isNew: spawned.isNew,
        ...(taskId !== null &&
          claim?.sessionId === sessionId && {
            task: { taskId, slug: task ?? '', claimToken: claim.token },
          }),
      }
    },
  }
}

/** Something ends the sessions of a task again and again: a person should look. */
async function reportStorm(db: Db, caller: Identity, error: unknown): Promise<void> {
  if (!(error instanceof CallError) || error.code !== 'SPAWN_REFUSED') return
  const { reason, taskId, slug } = error.details as {
    reason?: unknown
    taskId?: unknown
    slug?: unknown
  }
  if (reason !== 'respawn' || typeof taskId !== 'string') return
  await raiseFinding(db, {
    kind: 'spawn-storm',
    severity: 'high',
    subject: { type: FINDING_KINDS['spawn-storm'], id: taskId },
    accountId: caller.id,
    summary: `No further session was spawned for the task ${String(slug)}: too many were in the last hour.`,
    evidence: { taskId, ...(caller.sessionId !== undefined && { by: caller.sessionId }) },
  })
}
