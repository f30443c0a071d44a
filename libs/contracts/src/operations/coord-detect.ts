import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, Timestamp, Uuid } from '../schemas.ts'

export const CoordDetectInput = Type.Object(
  {
    sessionId: Type.Optional(
      Type.String({
        format: 'uuid',
        description:
          'The top of what is looked at. Default: the session that asks; for others, all trees of the account.',
      }),
    ),
    evaluate: Type.Optional(
      Type.Boolean({ description: 'Look now, and not only at what was noticed. Default: true.' }),
    ),
  },
  closed,
)
export type CoordDetectInput = Static<typeof CoordDetectInput>

/** What was noticed about a session. */
export const CoordFinding = Type.Object({
  findingId: Uuid,
  sessionId: Uuid,
  kind: Type.String(),
  severity: Type.String(),
  summary: Type.String(),
  evidence: Type.Record(Type.String(), Type.Unknown(), {
    description: 'What shows it: ids of rows, numbers, paths.',
  }),
  since: Timestamp,
})
export type CoordFinding = Static<typeof CoordFinding>

export const CoordDetectOutput = Type.Object({
  sessions: Type.Integer({ minimum: 0, description: 'Sessions that were looked at.' }),
  findings: Type.Array(CoordFinding, { description: 'Those that are open; 500 at most.' }),
})
export type CoordDetectOutput = Static<typeof CoordDetectOutput>
