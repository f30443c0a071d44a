import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import type { StackPaths } from './paths.ts'

/** A build of the libraries that runs beside the stack; disposing it ends it. */
export interface LibraryBuild extends AsyncDisposable {
  /** Resolves with whether the libraries are there. */
  readonly done: Promise<boolean>
}

/**
 * Builds the libraries that the gateway serves below `/sdk/`, in a process of a low priority: the stack answers meanwhile. What is built
 * from the same sources already is kept, so that this takes a moment from the second start on. The output goes to
 * `logs/sdk.log`.
 */
export function buildLibraries(paths: StackPaths): LibraryBuild {
  const log = openSync(join(paths.logs, 'sdk.log'), 'a', 0o600)
  const main = join(paths.root, 'libs/sdk/src/main.ts')
  const child = spawn(process.execPath, [main, paths.sdk], {
    cwd: paths.root,
    stdio: ['ignore', log, log],
  })
  const done = once(child, 'exit').then(
    ([code]) => code === 0,
    () => false,
  )
  if (child.pid !== undefined)
    try {
      setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
    } catch {
      // It ended already, or the system has no priorities.
    }
  return {
    done,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await done
    },
  }
}
