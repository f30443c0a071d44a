import { relative } from 'node:path'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/**
 * Files that take longer than their size says, by the beginning of their names, longest first. Vitest begins with the largest file when it has no
 * record of an earlier run; a long file that comes last would have a processor for itself, and leave the other one idle.
 */
const LONG_FILES = [
  'backup.e2e',
  'launcher.e2e',
  'supervision.e2e',
  'packages.e2e',
  'session-work.e2e',
  'merges.e2e',
  'worktrees.e2e',
  'session-dialects.e2e',
  'session-streams.e2e',
  'console-inbox.e2e',
  'sessions.e2e',
  'coordination.e2e',
  'broker-replicas.e2e',
  'key-rotation.e2e',
]

/**
 * Gives every shard the same number of files of each project, because an e2e file costs many times what a unit test costs, and runs the longest
 * files first.
 */
export class ShardSequencer extends BaseSequencer {
  override shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { shard, root } = this.ctx.config
    if (!shard) return Promise.resolve(files)
    const nameOf = (file: TestSpecification): string =>
      `${file.project.name} ${relative(root, file.moduleId)}`
    const chosen = new Set(namesOfShard(files.map(nameOf), shard.index, shard.count))
    return Promise.resolve(files.filter((file) => chosen.has(nameOf(file))))
  }

  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- that of the base class
    const sorted = await super.sort(files)
    return longestFirst(
      sorted,
      ({ project }) => project.name,
      ({ moduleId }) => moduleId,
    )
  }
}

/** The names that shard `index` (from 1) of `count` runs. Every name is in exactly one shard. */
export function namesOfShard(names: readonly string[], index: number, count: number): string[] {
  return names.toSorted().filter((_, at) => at % count === index - 1)
}

/** Moves the long files to the beginning of their projects; everything else stays in its order. */
export function longestFirst<File>(
  files: readonly File[],
  projectOf: (file: File) => string,
  pathOf: (file: File) => string,
): File[] {
  const projects = [...new Set(files.map((file) => projectOf(file)))]
  const rankOf = (file: File): number => {
    const name = pathOf(file).split(/[/\\]/u).at(-1) ?? ''
    const rank = LONG_FILES.findIndex((one) => name.startsWith(`${one}.`))
    return rank === -1 ? LONG_FILES.length : rank
  }
  return projects.flatMap((project) =>
    files
      .filter((file) => projectOf(file) === project)
      .toSorted((one, other) => rankOf(one) - rankOf(other)),
  )
}
