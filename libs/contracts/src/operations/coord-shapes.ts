import { namedPattern } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, Label, oneOf, Slug, Timestamp, Uuid } from '../schemas.ts'
import { EndReasonName, Session, SessionStatusName, WaitKindName } from './session-shapes.ts'

const Text = Type.String({ minLength: 1, maxLength: 262_144 })
const Amount = Type.Integer({ minimum: 1, maximum: 1_000_000_000_000_000 })
export const RefName = Type.String({
  pattern: namedPattern(
    '^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$',
    'must be the name of a branch or a commit',
  ),
})
const WorktreeName = Type.String({
  pattern: namedPattern(
    '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$',
    'must be letters, digits, hyphens and underscores, 64 at most, with a letter or digit first',
  ),
})

export const InputPolicyName = oneOf(['reject', 'queue', 'interrupt'])
export const WorkOutcomeName = oneOf(['done', 'nothing-to-do', 'failed'])
export const MergeStatusName = oneOf([
  'queued',
  'running',
  'merged',
  'conflict',
  'failed',
  'cancelled',
])
export const MappingStatusName = oneOf(['active', 'completed', 'aborted', 'failed'])

export const CoordSpawnInput = Type.Object(
  {
    prompt: Type.String({
      minLength: 1,
      maxLength: 262_144,
      description: 'The first message of the session.',
    }),
    key: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'The same key of the same parent gives the same session. Default: the idempotency key of the call.',
      }),
    ),
    parentSessionId: Type.Optional(
      Type.String({
        format: 'uuid',
        description:
          'The session above it. A session that spawns is itself the parent. Without one, the new session is at the top.',
      }),
    ),
    project: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'Its id or slug; only without a parent. Default: `default`.',
      }),
    ),
    task: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'The slug of a task of the project, which the session then has claimed.',
      }),
    ),
    title: Type.Optional(Label),
    role: Type.Optional(Slug),
    model: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    instructions: Type.Optional(Text),
    workspaceId: Type.Optional(
      Type.String({ format: 'uuid', description: 'A workspace that no live session has.' }),
    ),
    worktree: Type.Optional(
      Type.Object(
        {
          spoke: Slug,
          name: Type.Optional(WorktreeName),
          branch: Type.Optional(RefName),
          base: Type.Optional(RefName),
        },
        {
          ...closed,
          description:
            'A worktree that is made on the spoke. Default of `name`: from the id of the session; of `branch`: the name; of `base`: `HEAD`.',
        },
      ),
    ),
    budget: Type.Optional(
      Type.Object(
        {
          cost: Type.Optional(Amount),
          tokens: Type.Optional(Amount),
        },
        {
          ...closed,
          description:
            'What the session and those below it may use: millionths of a US dollar, tokens. It is taken from the budget of the parent, and returns when the session ends.',
        },
      ),
    ),
    inputPolicy: Type.Optional(
      Type.Union([...InputPolicyName.anyOf], {
        description: 'What happens to a message that comes while a turn runs. Default: `queue`.',
      }),
    ),
  },
  closed,
)
export type CoordSpawnInput = Static<typeof CoordSpawnInput>

export const CoordSpawnOutput = Type.Object({
  session: Session,
  isNew: Type.Boolean({ description: 'False: an earlier request with this key made it.' }),
  task: Type.Optional(
    Type.Object({
      taskId: Uuid,
      slug: Type.String(),
      claimToken: Type.Integer({ minimum: 1 }),
    }),
  ),
})
export type CoordSpawnOutput = Static<typeof CoordSpawnOutput>

const SpentBudget = Type.Object({
  limit: Type.Integer(),
  spent: Type.Integer({ description: 'Of ended calls of the session.' }),
  reserved: Type.Integer({ description: 'Of calls in flight, and the budgets below it.' }),
  subtreeSpent: Type.Integer({ description: 'Of the session and all below it.' }),
})

/** A session as its coordinator sees it. */
export const CoordSession = Type.Object({
  sessionId: Uuid,
  parentId: Type.Optional(Uuid),
  depth: Type.Integer({ minimum: 0 }),
  title: Type.String(),
  mode: oneOf(['agent', 'external']),
  status: SessionStatusName,
  waitingOn: Type.Optional(WaitKindName),
  stateSince: Timestamp,
  progressAt: Type.Optional(Timestamp),
  role: Type.Optional(Type.String()),
  model: Type.Optional(Type.String()),
  turnId: Type.Optional(Uuid),
  endReason: Type.Optional(EndReasonName),
  stopReason: Type.Optional(Type.String()),
  spawnStep: Type.Optional(
    Type.String({ description: 'How far its creation has come, until it is prompted.' }),
  ),
  work: Type.Optional(
    Type.Object({
      status: MappingStatusName,
      outcome: Type.Optional(WorkOutcomeName),
      result: Type.Optional(Type.String({ description: 'Its first 2,000 characters.' })),
      report: Type.Optional(Type.String({ description: 'Its first 2,000 characters.' })),
    }),
  ),
  task: Type.Optional(Type.Object({ slug: Type.String(), status: Type.String() })),
  workspace: Type.Optional(
    Type.Object({
      workspaceId: Uuid,
      name: Type.String(),
      spoke: Type.Optional(Type.String()),
      branch: Type.Optional(Type.String()),
      head: Type.Optional(Type.String()),
      dirty: Type.Optional(Type.Boolean({ description: 'When it was looked at last.' })),
      ahead: Type.Optional(
        Type.Integer({
          description:
            'Commits that are on no other branch, when it was looked at last; 1,000 at most.',
        }),
      ),
      ports: Type.Optional(
        Type.Object(
          { first: Type.Integer(), last: Type.Integer() },
          {
            description:
              'The ports that are its own, when it was looked at last. It has them from its first command on.',
          },
        ),
      ),
    }),
  ),
  merge: Type.Optional(
    Type.Object(
      {
        mergeId: Uuid,
        target: Type.String(),
        status: MergeStatusName,
        reason: Type.Optional(Type.String()),
      },
      { description: 'Its latest merge.' },
    ),
  ),
  runningCalls: Type.Integer({ minimum: 0, description: 'Tool calls that run or are planned.' }),
  waitingMessages: Type.Integer({ minimum: 0 }),
  openApprovals: Type.Array(Uuid),
  askedOf: Type.Optional(
    Type.Array(Type.String(), {
      description:
        'The accounts and sessions of which open approvals are asked now, `account:<id>` and `session:<id>`. Absent: those that may answer any.',
    }),
  ),
  findings: Type.Array(
    Type.Object({ findingId: Uuid, kind: Type.String(), severity: Type.String() }),
  ),
  spend: Type.Object({
    inputTokens: Type.Integer({ minimum: 0 }),
    outputTokens: Type.Integer({ minimum: 0 }),
    cost: Type.Integer({
      minimum: 0,
      description: 'Millionths of a US dollar, calls in flight excluded.',
    }),
    costBudget: Type.Optional(SpentBudget),
    tokenBudget: Type.Optional(SpentBudget),
  }),
})
export type CoordSession = Static<typeof CoordSession>

export const CoordStatusInput = Type.Object(
  {
    sessionId: Type.Optional(
      Type.String({
        format: 'uuid',
        description:
          'The top of what is shown. Default: the session that asks; for others, all trees of the account.',
      }),
    ),
    ended: Type.Optional(Type.Boolean({ description: 'Also sessions that ended. Default: true.' })),
  },
  closed,
)
export type CoordStatusInput = Static<typeof CoordStatusInput>

export const CoordStatusOutput = Type.Object({
  at: Timestamp,
  sessions: Type.Array(CoordSession, { description: 'Parents before children; 1,000 at most.' }),
  truncated: Type.Boolean(),
})
export type CoordStatusOutput = Static<typeof CoordStatusOutput>

export const CoordAbortInput = Type.Object(
  {
    sessionId: Uuid,
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  },
  closed,
)
export type CoordAbortInput = Static<typeof CoordAbortInput>

/** What an abort ended in one session. */
export const CoordAbortReceipt = Type.Object({
  sessionId: Uuid,
  was: SessionStatusName,
  turnId: Type.Optional(Uuid),
  cancelledCalls: Type.Integer({ minimum: 0 }),
  tokensSince: Type.Optional(
    Type.Integer({ description: 'Tokens of the session between the request and its stop.' }),
  ),
  stoppedAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'Since then no process works on it.' }),
  ),
  savedRef: Type.Optional(Type.String({ description: 'The git ref with what was not committed.' })),
  saveError: Type.Optional(Type.String()),
})
export type CoordAbortReceipt = Static<typeof CoordAbortReceipt>

export const CoordAbortOutput = Type.Object({
  abortId: Uuid,
  acknowledged: Type.Boolean({
    description:
      'No process works on any of the sessions any more: no model call and no tool starts. False when a process did not answer in time; it is fenced all the same.',
  }),
  receipts: Type.Array(CoordAbortReceipt),
})
export type CoordAbortOutput = Static<typeof CoordAbortOutput>
