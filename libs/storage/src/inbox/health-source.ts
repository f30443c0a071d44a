import { sql } from 'drizzle-orm'
import { detections } from '../schema/coordination/detections.ts'
import type { InboxSource } from './inbox-source.ts'

/** Failed checks of the state of the hub, which belong to no account. None for a session. */
export const healthSource: InboxSource = {
  kind: 'health',
  isPlain: true,
  select: ({ system = false, sessionId }, page) => sql`
    select 'health', ${detections.id}, ${detections.createdAt}, ${detections.summary}, null, null,
      ${detections.subjectType}, ${detections.subjectId}, null, ${detections.severity}::text, null::timestamptz, null, null, null::text[]
    from ${detections}
    where ${detections.resolvedAt} is null and ${detections.subjectType} = 'health-check' and ${system && sessionId === undefined}
      and ${page({ at: sql`${detections.createdAt}`, id: sql`${detections.id}` })}`,
}
