import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OperatorError } from '@alkdev/errors'

/** The clone that contains this file. */
export function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'pnpm-workspace.yaml'))) {
    const parent = dirname(folder)
    if (parent === folder)
      throw new OperatorError(
        'This command works inside a clone of the repository only.',
        'Clone it and start ./alkhub there.',
      )
    folder = parent
  }
  return folder
}

/** The files of the local stack of a clone. Everything below `home` is git-ignored. */
export interface StackPaths {
  readonly root: string
  readonly home: string
  readonly lock: string
  /** The first port of the services at the last start. */
  readonly ports: string
  readonly logs: string
  readonly config: string
  readonly redis: string
  /** The libraries that the gateway serves below `/sdk/`. */
  readonly sdk: string
  /** The console that the gateway serves below `/console`. */
  readonly console: string
  /** The programs of the stack in few files, for a faster start. */
  readonly bundles: string
  readonly adminKey: string
  readonly spokeKey: string
}

export function stackPaths(root = repositoryRoot()): StackPaths {
  const home = join(root, '.alkhub')
  return {
    root,
    home,
    lock: join(home, 'stack.json'),
    ports: join(home, 'ports.json'),
    logs: join(home, 'logs'),
    config: join(home, 'config'),
    redis: join(home, 'redis'),
    sdk: join(home, 'sdk'),
    console: join(home, 'console'),
    bundles: join(home, 'bundles'),
    adminKey: join(home, 'admin.key'),
    spokeKey: join(home, 'spoke.key'),
  }
}

/** PostgreSQL's data: in the clone, or below /var/lib when its user can't enter the clone (see findPostgresBinaries). */
export function postgresHome(paths: StackPaths, relocated: boolean): string {
  if (!relocated) return join(paths.home, 'postgres')
  const key = createHash('sha256').update(paths.root).digest('hex').slice(0, 12)
  return `/var/lib/alkhub-${key}`
}
