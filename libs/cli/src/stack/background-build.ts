import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import type { StackPaths } from './paths.ts'

/** A build that runs beside the stack; disposing it ends it. */
export interface BackgroundBuild extends AsyncDisposable {
  /** Resolves with true when what it builds exists. */
  readonly done: Promise<boolean>
}

export interface BackgroundBuildOptions {
  /** The program, relative to the clone. It gets the folder as its argument. */
  readonly main: string
  readonly folder: string
  /** Name of the file for its output, in the folder of the logs. */
  readonly log: string
  /** Something waits for it: it has the priority of this process. Default: a low one. */
  readonly urgent?: boolean
}

/** Runs a build in a process of its own. */
export function startBuild(
  paths: StackPaths,
  { main, folder, log: logName, urgent = false }: BackgroundBuildOptions,
): BackgroundBuild {
  const log = openSync(join(paths.logs, logName), 'a', 0o600)
  const child = spawn(process.execPath, [join(paths.root, main), folder], {
    cwd: paths.root,
    stdio: ['ignore', log, log],
  })
  const done = once(child, 'exit').then(
    ([code]) => code === 0,
    () => false,
  )
  if (!urgent && child.pid !== undefined)
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

/**
 * Builds the libraries that the gateway serves below `/sdk/`. Libraries that are built from the same sources already are kept, so that later starts
 * take little time. The output goes to `logs/sdk.log`.
 */
export function buildLibraries(paths: StackPaths): BackgroundBuild {
  return startBuild(paths, { main: 'libs/sdk/src/main.ts', folder: paths.sdk, log: 'sdk.log' })
}

/** Builds the console that the gateway serves below `/console`, likewise. The output goes to `logs/console.log`. */
export function buildConsole(paths: StackPaths): BackgroundBuild {
  return startBuild(paths, {
    main: 'apps/console/src/build/main.ts',
    folder: paths.console,
    log: 'console.log',
  })
}

/** Bundles the programs of the stack, for which a start waits; likewise. The output goes to `logs/bundles.log`. */
export function buildBundles(paths: StackPaths): BackgroundBuild {
  return startBuild(paths, {
    main: 'libs/sdk/src/bundles/main.ts',
    folder: paths.bundles,
    log: 'bundles.log',
    urgent: true,
  })
}
