import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { turns } from '../schema/sessions/turns.ts'
import type { TurnRow } from '../schema/sessions/turns.ts'

/** Member of the metadata of a turn: milliseconds that processes have worked on it. */
const WORKED = 'workedMs'

/** Milliseconds that processes have worked on a turn until its latest step was stored, or it began to wait. */
export function workedOn({ metadata }: Pick<TurnRow, 'metadata'>): number {
  const ms = (metadata as Readonly<Record<string, unknown>>)[WORKED]
  return typeof ms === 'number' ? ms : 0
}

/** The metadata of a turn with the time that was worked on it. */
export function withWorked(ms: number): SQL {
  return sql`${turns.metadata} || jsonb_build_object(${WORKED}::text, ${Math.round(ms)}::bigint)`
}
