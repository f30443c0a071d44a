import { join } from 'node:path'
import { findBundles } from '@alkdev/sdk/bundles'
import type { LocalService } from '../ports/choose-ports.ts'
import type { Progress } from '../progress.ts'
import { buildBundles } from './background-build.ts'
import type { StackPaths } from './paths.ts'

/** The file that Node starts for a program of the stack: its bundle when the bundles are of the present sources, else its source. */
export type EntryOf = (program: LocalService | 'alkhub') => string

/** Looks once: all programs of one start are of the same kind. */
export function entries(paths: StackPaths): EntryOf {
  return bundled(paths) ?? sourcesOf(paths)
}

/** The programs of a start: bundles, which are made when there are none of the present sources. */
export interface StackPrograms extends AsyncDisposable {
  /** Resolves when the bundles exist, or with the sources when they could not be made. */
  entryOf(progress: Progress): Promise<EntryOf>
}

/** Begins to make the bundles, if needed, beside what the start does before its first program. */
export function openPrograms(paths: StackPaths): StackPrograms {
  const found = bundled(paths)
  if (found !== undefined)
    return { entryOf: async () => found, [Symbol.asyncDispose]: async () => {} }
  const build = buildBundles(paths)
  return {
    async entryOf(progress) {
      if (!(await progress.step('Programs', () => build.done)))
        progress.note(
          `The bundles for a faster start could not be made: ${join(paths.logs, 'bundles.log')} says why.`,
        )
      return entries(paths)
    },
    [Symbol.asyncDispose]: () => build[Symbol.asyncDispose](),
  }
}

function bundled({ root, bundles }: StackPaths): EntryOf | undefined {
  const found = findBundles(root, bundles)
  return found === undefined ? undefined : (program) => join(found, `${program}.js`)
}

function sourcesOf({ root }: StackPaths): EntryOf {
  return (program) =>
    join(root, program === 'alkhub' ? 'libs/cli' : `services/${program}`, 'src/main.ts')
}
