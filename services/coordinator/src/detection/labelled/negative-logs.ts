import { burn, did, log, MINUTE, NOW, SECOND, times } from './build-log.ts'
import type { LabelledLog } from './build-log.ts'

const negative = (name: string, more: Parameters<typeof log>[0]): LabelledLog => ({
  name,
  kinds: [],
  log: log(more),
})

/** Work that looks like trouble and is none: long builds, polling, slow CI, large edits. */
export const NEGATIVES: readonly LabelledLog[] = [
  negative('a build of an hour', {
    progressAt: NOW - 55 * MINUTE,
    calls: did([{ op: 'shell.run', input: 'make', took: null }], SECOND, NOW - 55 * MINUTE),
  }),
  negative('polls a slow pipeline 15 times', {
    calls: did(times(15, () => ({ op: 'ci.status', poll: true, result: 'pending' }))),
  }),
  negative('polls a pipeline whose state changes', {
    calls: did(times(30, (at) => ({ op: 'ci.status', result: `step ${Math.floor(at / 3)}` }))),
  }),
  negative('reads the same file after each of its edits', {
    calls: did(
      times(12, (at) =>
        at % 2 === 0
          ? { op: 'fs.edit', input: `edit ${at}`, result: 'ok' }
          : { op: 'fs.read', input: 'a.ts', result: `version ${at}` },
      ),
    ),
  }),
  negative('runs the failing tests after each of its edits', {
    calls: did(
      times(16, (at) =>
        at % 2 === 0
          ? { op: 'fs.edit', input: `edit ${at}`, result: 'ok' }
          : { op: 'shell.run', input: 'npm test', result: '1 failed', failed: false },
      ),
    ),
  }),
  negative('an edit that fails twice and then fits', {
    calls: did([
      { op: 'fs.edit', input: 'x', failed: true, result: 'ambiguous' },
      { op: 'fs.edit', input: 'x', failed: true, result: 'ambiguous' },
      { op: 'fs.edit', input: 'x y', result: 'ok' },
    ]),
  }),
  negative('reads 60 different files', {
    calls: did(times(60, (at) => ({ op: 'fs.read', input: `file ${at}`, result: 'x' }))),
  }),
  negative('lists a folder three times', {
    calls: did(times(3, () => ({ op: 'fs.list', input: '.', result: 'a b c' }))),
  }),
  negative('large edits of one file', {
    calls: did(times(10, (at) => ({ op: 'fs.write', input: `all ${at}`, result: 'ok' }))),
    steps: burn(60_000, 30),
  }),
  negative('waits for its children for an hour', {
    progressAt: NOW - 60 * MINUTE,
    liveChildren: 3,
  }),
  negative('waits for an approval over night', {
    status: 'waiting',
    progressAt: NOW - 600 * MINUTE,
  }),
  negative('a model that thinks for two minutes', { progressAt: NOW - 2 * MINUTE }),
  negative('its parent ended a moment ago', {
    parent: { status: 'done', since: NOW - 10 * SECOND },
  }),
  negative('its parent ended, and it has ended too', {
    status: 'done',
    parent: { status: 'aborted', since: NOW - 60 * MINUTE },
  }),
  negative('spawns eight sessions at the beginning', {
    spawns: times(8, (at) => NOW - 30 * MINUTE + at * SECOND),
    liveChildren: 8,
  }),
  negative('spawns one session a minute for half an hour', {
    spawns: times(30, (at) => NOW - at * MINUTE),
    liveChildren: 2,
  }),
  negative('uses tokens evenly', { steps: burn(50_000, 60) }),
  negative('a large file once, after a quiet hour', {
    steps: [...burn(10_000, 60, 5), ...burn(30_000, 5)],
  }),
  negative('two summaries with work between them', {
    compactions: [NOW - 30 * MINUTE, NOW - MINUTE],
    calls: did(
      times(20, (at) => ({ op: 'fs.read', input: `file ${at}` })),
      MINUTE,
      NOW - 2 * MINUTE,
    ),
  }),
  negative('changes what its task names', {
    touches: ['src/**', 'notes/*.md'],
    changed: ['src/a/b.ts', 'src/c.ts', 'notes/x.md'],
  }),
  negative('changes files of a task that names none', { changed: ['a', 'b/c'] }),
  negative('a person asked for the same again', {
    personAt: NOW - 30 * SECOND,
    calls: did(
      times(5, () => ({ op: 'fs.read', input: 'a', result: 'x' })),
      20 * SECOND,
    ),
  }),
  negative('three different errors', {
    calls: did(
      times(6, (at) => ({ op: 'fs.edit', input: 'x', failed: true, result: `error ${at}` })),
    ),
  }),
]
