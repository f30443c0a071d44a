import type { DetectionKind } from '../detect.ts'
import type { SessionLog } from '../session-log.ts'
import { burn, did, log, MINUTE, NOW, SECOND, times } from './build-log.ts'
import type { Did, LabelledLog } from './build-log.ts'

const positive = (
  kind: DetectionKind,
  name: string,
  more: Partial<SessionLog>,
  also: readonly DetectionKind[] = [],
): LabelledLog => ({ name: `${kind}: ${name}`, kinds: [kind, ...also], log: log(more) })

const OPERATIONS = ['fs.read', 'fs.search', 'git.status', 'git.diff', 'tasks.list', 'hub.search']

/** Reads between the repetitions, which change nothing. */
const between = (call: Did, count: number): Did[] =>
  times(count * 2, (at) => (at % 2 === 0 ? call : { op: 'fs.list', input: `folder ${at}` }))

const repeatedActions = [
  ...OPERATIONS.map((op) =>
    positive('repeated-action', `${op} four times`, {
      calls: did(times(4, () => ({ op, input: 'same', result: 'same' }))),
    }),
  ),
  positive('repeated-action', 'with other reads between', {
    calls: did(between({ op: 'fs.read', input: 'a', result: 'x' }, 6)),
  }),
  positive('repeated-action', 'the same command with the same output', {
    calls: did(times(6, () => ({ op: 'shell.run', input: 'ls', result: 'a' }))),
  }),
  positive('repeated-action', 'writes the same file with the same text', {
    calls: did(times(5, () => ({ op: 'fs.write', input: 'a=1', result: 'ok' }))),
  }),
  positive('repeated-action', 'after real work', {
    calls: did([
      ...times(10, (at) => ({ op: 'fs.edit', input: `edit ${at}` })),
      ...times(7, () => ({ op: 'fs.read', input: 'a', result: 'x' })),
    ]),
  }),
  positive('repeated-action', 'polls 25 times and nothing changes', {
    calls: did(times(25, () => ({ op: 'ci.status', poll: true, result: 'pending' }))),
  }),
  positive('repeated-action', 'a failed edit between changes nothing', {
    calls: did([
      ...times(3, () => ({ op: 'fs.read', input: 'a', result: 'x' })),
      { op: 'fs.edit', input: 'e', failed: true, result: 'no match' },
      { op: 'fs.read', input: 'a', result: 'x' },
    ]),
  }),
]

const repeatedErrors = [
  ...['fs.edit', 'fs.read', 'shell.run', 'git.commit', 'coord.message', 'call'].map((op) =>
    positive('repeated-error', `${op} three times`, {
      calls: did(times(3, () => ({ op, input: 'same', failed: true, result: 'refused' }))),
    }),
  ),
  positive('repeated-error', 'with reads between', {
    calls: did(between({ op: 'fs.edit', input: 'x', failed: true, result: 'ambiguous' }, 4)),
  }),
  positive('repeated-error', 'ten times', {
    calls: did(
      times(10, () => ({ op: 'a.b', input: 'x', failed: true, result: 'OPERATION_NOT_FOUND' })),
    ),
  }),
  positive('repeated-error', 'after it had worked', {
    calls: did([
      { op: 'git.commit', input: 'm', result: 'ok' },
      ...times(4, () => ({ op: 'git.commit', input: 'm', failed: true, result: 'nothing' })),
    ]),
  }),
  positive('repeated-error', 'over an hour', {
    calls: did(
      times(3, () => ({ op: 'fs.edit', input: 'x', failed: true, result: 'e' })),
      20 * MINUTE,
    ),
  }),
]

const stalls = [181, 200, 240, 300, 400, 600, 900, 1800, 3600, 7200].map((seconds) =>
  positive('stall', `${seconds} s`, {
    progressAt: NOW - seconds * SECOND,
    calls: did([{ op: 'fs.read' }], SECOND, NOW - seconds * SECOND - 5 * SECOND),
  }),
)

const orphans = ['done', 'failed', 'aborted', 'archived'].flatMap((parent) =>
  (['running', 'queued', 'waiting'] as const).map((status) =>
    positive('orphan', `${status} below ${parent}`, {
      status,
      parent: { status: parent, since: NOW - 90 * SECOND },
    }),
  ),
)

const fanOuts = [
  ...[12, 13, 15, 20, 40, 64].map((count) =>
    positive('fan-out', `${count} sessions within a minute`, {
      spawns: times(count, (at) => NOW - 10 * MINUTE + (at * 50 * SECOND) / count),
      liveChildren: 8,
    }),
  ),
  positive('fan-out', 'a burst after a slow beginning', {
    spawns: [
      ...times(5, (at) => NOW - (60 - at) * MINUTE),
      ...times(14, (at) => NOW - at * SECOND),
    ],
  }),
  ...[3, 5, 9].map((count) =>
    positive('fan-out', `${count} refusals within a minute`, {
      calls: did(
        times(count, (at) => ({
          op: 'coord.spawn',
          input: `child ${at}`,
          failed: true,
          result: 'limit',
          code: 'SPAWN_REFUSED',
        })),
        5 * SECOND,
      ),
    }),
  ),
]

const burnRates = [
  ...[60_000, 80_000, 120_000, 300_000, 1_000_000].map((rate) =>
    positive('burn-rate', `${rate} tokens a minute after 10,000`, {
      steps: [...burn(10_000, 40, 5), ...burn(rate, 5)],
    }),
  ),
  ...[20_000, 50_000, 100_000, 400_000, 900_000].map((rate) =>
    positive('burn-rate', `${rate} tokens a minute with one minute of budget`, {
      steps: burn(rate, 8),
      budget: { limit: 10_000_000, used: 10_000_000 - rate },
    }),
  ),
]

const compactions = [2, 3, 4, 6, 8].flatMap((count) => [
  positive('compaction-without-progress', `${count} times, and nothing else`, {
    compactions: times(count, (at) => NOW - (count - at) * MINUTE),
  }),
  positive('compaction-without-progress', `${count} times, and only failures between`, {
    compactions: times(count, (at) => NOW - (count - at) * 3 * MINUTE),
    calls: did(
      times(count, (at) => ({ op: 'fs.read', input: `${at}`, failed: true, result: `e ${at}` })),
      3 * MINUTE,
      NOW - MINUTE,
    ),
  }),
])

const outside: readonly (readonly [globs: readonly string[], changed: readonly string[]])[] = [
  [['src/**'], ['package.json']],
  [['src/**'], ['src/a.ts', 'lib/b.ts']],
  [['src/*.ts'], ['src/a/b.ts']],
  [['docs/*.md'], ['docs/a.txt']],
  [['a.txt'], ['b.txt']],
  [['a.txt'], ['a.txt', 'A.txt']],
  [['libs/one/**'], ['libs/two/x.ts', 'libs/one/y.ts']],
  [['src/**', 'test/**'], ['migrations/1.sql']],
  [['src/{a,b}.ts'], ['src/c.ts']],
  [['**/*.md'], ['README.txt']],
  [['services/*/src/**'], ['services/a/package.json']],
]
const touches = outside.map(([globs, changed]) =>
  positive('outside-touches', `${changed.join(' ')} for ${globs.join(' ')}`, {
    touches: globs,
    changed,
  }),
)

/** Logs in which something is wrong, ten or more of each kind. */
export const POSITIVES: readonly LabelledLog[] = [
  ...repeatedActions,
  ...repeatedErrors,
  ...stalls,
  ...orphans,
  ...fanOuts,
  ...burnRates,
  ...compactions,
  ...touches,
]
