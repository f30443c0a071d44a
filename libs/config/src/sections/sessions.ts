import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { count, section } from '../field.ts'

const findings = (description: string) =>
  Type.Array(
    Type.Union([
      Type.Literal('repeated-action'),
      Type.Literal('repeated-error'),
      Type.Literal('stall'),
      Type.Literal('orphan'),
      Type.Literal('fan-out'),
      Type.Literal('burn-rate'),
      Type.Literal('compaction-without-progress'),
      Type.Literal('outside-touches'),
    ]),
    { default: [], maxItems: 8, description },
  )

export const SessionsConfig = section('Agent sessions.', {
  concurrency: count(
    256,
    'Sessions that one coordinator works on at a time. Sessions that wait do not count.',
    1,
    10_000,
  ),
  maxPerAccount: count(
    256,
    'Sessions of one account that are worked on at a time in the deployment.',
    1,
    100_000,
  ),
  model: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'The model of sessions whose role and creator name none: `provider/model`.',
    }),
  ),
  maxSteps: count(100, 'Steps of one turn, where the role does not say.', 1, 10_000),
  turnMs: count(
    1_800_000,
    'Milliseconds of work on one turn, waits excluded, where the role does not say.',
    1000,
    86_400_000,
  ),
  firstByteMs: count(75_000, 'Milliseconds until a model must begin its answer.', 100, 3_600_000),
  idleMs: count(90_000, 'Milliseconds that a model may pause in its answer.', 100, 3_600_000),
  spokeGoneMs: count(
    1_800_000,
    'Milliseconds that a turn waits for the spoke of its workspace before it ends.',
    1000,
    604_800_000,
  ),
  handOverMs: count(
    5000,
    'Milliseconds after which the task of a session goes back whose spoke is disconnected, while another spoke of its repository is attached. The 15 seconds in which a lost spoke may return come first.',
    1000,
    604_800_000,
  ),
  askAboveMs: count(
    600_000,
    'Milliseconds for which an approval of a tool call is asked of one session above that may answer it, before it is asked of the next one or of persons. 0: of persons at once.',
    0,
    86_400_000,
  ),
  contextTokens: count(
    200_000,
    'Tokens that fit into a model, where the role does not say. Conversations are made shorter before they reach it.',
    1000,
    100_000_000,
  ),
  inventoryMs: count(
    60_000,
    'Milliseconds between two comparisons of the worktrees and processes of spokes with what is stored.',
    1000,
    86_400_000,
  ),
  maxDepth: count(3, 'Levels of sessions below the top one.', 0, 32),
  maxChildren: count(8, 'Sessions that one session has spawned and that have not ended.', 0, 1000),
  maxChildrenPerMinute: count(
    20,
    'Sessions that one session or account spawns in a minute.',
    1,
    10_000,
  ),
  detection: section('What is done about findings in sessions, beside the finding itself.', {
    tell: findings(
      'Kinds of findings of which the session above gets a message: `repeated-action`, `repeated-error`, `stall`, `orphan`, `fan-out`, `burn-rate`, `compaction-without-progress`, `outside-touches`.',
    ),
    pause: findings('The same for kinds that stop the turn as well, until the next message.'),
    ask: findings(
      'The same for kinds about which a person is asked whether the turn goes on: it waits before its next step, and ends when the answer is no or none comes within 24 hours. Not those that are in `pause` or `abort` as well.',
    ),
    abort: findings(
      'The same for kinds that end the session and all below it, also when they are in the other lists.',
    ),
  }),
  maxDescendants: count(64, 'Sessions below the top one, those that ended included.', 0, 100_000),
})
export type SessionsConfig = Static<typeof SessionsConfig>
