import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { accounts } from '../schema/identity/accounts.ts'
import { sessions } from '../schema/sessions/sessions.ts'
import { taskClaims } from '../schema/tasks/task-claims.ts'

/**
 * What people call the holders of claims that are not released, by task: the title of a session, the name of an account. An account without a name is in it only
 * for itself, by its address.
 */
export function readHolderNames(
  db: Db,
  taskIds: readonly string[],
  viewerId: string,
): Promise<ReadonlyMap<string, string>> {
  if (taskIds.length === 0) return Promise.resolve(new Map())
  return coded(async () => {
    const ownAddress = sql`case when ${accounts.id} = ${viewerId} then ${accounts.email} end`
    const rows = await db
      .select({
        taskId: taskClaims.taskId,
        name: sql<
          string | null
        >`coalesce(${sessions.title}, ${accounts.displayName}, ${ownAddress})`,
      })
      .from(taskClaims)
      .leftJoin(sessions, eq(sessions.id, taskClaims.sessionId))
      .leftJoin(accounts, eq(accounts.id, taskClaims.accountId))
      .where(and(inArray(taskClaims.taskId, [...taskIds]), isNull(taskClaims.releasedAt)))
    return new Map(
      rows.flatMap(({ taskId, name }) => (name === null ? [] : [[taskId, name] as const])),
    )
  })
}
