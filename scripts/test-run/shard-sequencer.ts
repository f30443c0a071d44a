import { relative } from 'node:path'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/** Gives every shard the same number of files of each project, because an e2e file costs many times what a unit test costs. */
export class ShardSequencer extends BaseSequencer {
  override shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { shard, root } = this.ctx.config
    if (!shard) return Promise.resolve(files)
    const nameOf = (file: TestSpecification): string =>
      `${file.project.name} ${relative(root, file.moduleId)}`
    const chosen = new Set(namesOfShard(files.map(nameOf), shard.index, shard.count))
    return Promise.resolve(files.filter((file) => chosen.has(nameOf(file))))
  }
}

/** The names that shard `index` (from 1) of `count` runs. Every name is in exactly one shard. */
export function namesOfShard(names: readonly string[], index: number, count: number): string[] {
  return names.toSorted().filter((_, at) => at % count === index - 1)
}
