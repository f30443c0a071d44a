import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, Label, Timestamp, Uuid } from '../schemas.ts'
import { CoordCheckRun } from './coord-messages.ts'
import { MergeStatusName, RefName } from './coord-shapes.ts'

export const CoordMergeInput = Type.Object(
  {
    sessionId: Type.String({ format: 'uuid', description: 'The session whose branch is merged.' }),
    target: Type.Union([RefName], { description: 'The branch that gets the commits.' }),
    checks: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Label,
            command: Type.String({ minLength: 1, maxLength: 4096 }),
            timeoutMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 3_600_000 })),
          },
          closed,
        ),
        {
          maxItems: 20,
          description: 'What runs on the rebased branch. Default: the checks of its task.',
        },
      ),
    ),
    waitMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 600_000,
        description: 'How long the answer waits for the end of the merge. Default: 20 s.',
      }),
    ),
  },
  closed,
)
export type CoordMergeInput = Static<typeof CoordMergeInput>

/** A branch in the queue of its target, or what became of it. */
export const CoordMerge = Type.Object({
  mergeId: Uuid,
  projectId: Uuid,
  sessionId: Type.Optional(Uuid),
  task: Type.Optional(Type.String()),
  target: Type.String(),
  branch: Type.String(),
  status: MergeStatusName,
  step: Type.Optional(
    Type.String({ description: 'Of one that runs: `rebase`, `check` or `update`.' }),
  ),
  reason: Type.Optional(
    Type.String({
      description:
        'Of one that ended: `merged`, `nothing-to-merge`, `conflict`, `checks`, `changes`, `branch`, `checked-out`, `moved`, `lost`, `revoked`, `workspace`, `aborted`, `error`.',
    }),
  ),
  error: Type.Optional(Type.String()),
  targetHead: Type.Optional(
    Type.String({ description: 'The commit of the target before the merge.' }),
  ),
  oldHead: Type.Optional(Type.String({ description: 'The branch before its rebase.' })),
  newHead: Type.Optional(Type.String({ description: 'The branch after it.' })),
  conflicts: Type.Optional(Type.Array(Type.String())),
  checks: Type.Optional(Type.Array(CoordCheckRun)),
  savedRef: Type.Optional(Type.String({ description: 'The git ref of the branch as it was.' })),
  createdAt: Timestamp,
  endedAt: Type.Optional(Timestamp),
})
export type CoordMerge = Static<typeof CoordMerge>

export const CoordMergeOutput = Type.Object({
  merge: CoordMerge,
  isNew: Type.Boolean({ description: 'False: the branch was in the queue already.' }),
})
export type CoordMergeOutput = Static<typeof CoordMergeOutput>

export const CoordMergesInput = Type.Object(
  {
    sessionId: Type.Optional(Uuid),
    project: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description:
          'Its id or slug. Default: that of the session that asks; for others, `default`.',
      }),
    ),
    target: Type.Optional(RefName),
    open: Type.Optional(Type.Boolean({ description: 'Only those that have not ended.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Default: 100.' })),
  },
  closed,
)
export type CoordMergesInput = Static<typeof CoordMergesInput>

export const CoordMergesOutput = Type.Object({ merges: Type.Array(CoordMerge) })
export type CoordMergesOutput = Static<typeof CoordMergesOutput>
