import type { Db } from '@alkdev/storage'
import { readTasksOfSessions } from '@alkdev/storage/tasks'
import { slackOf } from './live-graph.ts'
import type { LivePlans } from './live-plans.ts'

/** By how much the task of each session may take longer without moving the end of its plan, in units of its cost. Without sessions that have no task. */
export async function slackOfSessions(
  { db, plans }: { readonly db: Db; readonly plans: LivePlans },
  sessionIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const found = await readTasksOfSessions(db, [...new Set(sessionIds)])
  const projects = [...new Set(found.map(({ projectId }) => projectId))]
  const slack = new Map<string, ReadonlyMap<string, number>>()
  // oxlint-disable-next-line no-await-in-loop -- one plan after the other: each may be large
  for (const projectId of projects) slack.set(projectId, slackOf(await plans.of(projectId)))
  return new Map(
    found.flatMap(({ sessionId, slug, projectId }) => {
      const own = slack.get(projectId)?.get(slug)
      return sessionId === null || own === undefined ? [] : [[sessionId, own] as const]
    }),
  )
}
