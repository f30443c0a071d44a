import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, chmod, constants, cp, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { OperatorError } from '@alkdev/errors'
import { importPlatformPackage } from './platform-package.ts'

const run = promisify(execFile)

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  /** The user of the server; set only when this process is root, because PostgreSQL refuses to run as root. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** True when the owner cannot reach the packages' folder, so that data must lie elsewhere too. */
  readonly relocated: boolean
}

/** Users under which PostgreSQL runs when the process is root, in order of preference. */
const SYSTEM_USERS = ['postgres', 'nobody'] as const // words-ok

/** Environment of every PostgreSQL program: nothing of this process. */
export const postgresEnv = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } as const

/**
 * The programs of the platform package. As root they run as `postgres`, else as the other user of `SYSTEM_USERS`; when that user can't
 * enter the folder above the packages, a copy is made once below the temporary folder.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  let initdb: string
  let postgres: string
  try {
    ;({ initdb, postgres } = await importPlatformPackage())
  } catch (cause) {
    throw new OperatorError(
      `There is no PostgreSQL for ${process.platform}-${process.arch} among the installed packages.`,
      'Give a PostgreSQL of your own with --postgres-file FILE, where FILE holds its URL.',
      { cause },
    )
  }
  if (process.getuid?.() !== 0) {
    await makeExecutable([initdb, postgres])
    return { initdb, postgres, relocated: false }
  }
  const owner = await serverOwner()
  await makeExecutable([initdb, postgres])
  if (await reachable(initdb, owner)) return { initdb, postgres, owner, relocated: false }
  const native = dirname(dirname(initdb))
  const key = createHash('sha256').update(native).digest('hex').slice(0, 12)
  const copy = join(tmpdir(), `alkhub-postgres-${key}`)
  await copyOnce(native, copy, owner)
  return {
    initdb: join(copy, 'bin/initdb'),
    postgres: join(copy, 'bin/postgres'),
    owner,
    relocated: true,
  }
}

async function makeExecutable(files: readonly string[]): Promise<void> {
  for (const file of files)
    await access(file, constants.X_OK).catch(() => chmod(file, 0o755).catch(() => undefined))
}

async function reachable(initdb: string, owner: { uid: number; gid: number }): Promise<boolean> {
  try {
    await run(initdb, ['--version'], { ...owner, cwd: '/', env: postgresEnv, timeout: 20_000 })
    return true
  } catch {
    return false
  }
}

async function copyOnce(
  native: string,
  copy: string,
  owner: { uid: number; gid: number },
): Promise<void> {
  if (await reachable(join(copy, 'bin/initdb'), owner)) return
  const stage = `${copy}.${process.pid}`
  await rm(stage, { recursive: true, force: true })
  await mkdir(dirname(stage), { recursive: true })
  await cp(native, stage, { recursive: true, verbatimSymlinks: true })
  await rm(copy, { recursive: true, force: true })
  // Two processes may copy at the same time: the later one uses the first copy.
  await rename(stage, copy).catch(() => rm(stage, { recursive: true, force: true }))
  if (!(await reachable(join(copy, 'bin/initdb'), owner)))
    throw new OperatorError(
      `The PostgreSQL programs can't be run as uid ${owner.uid} from ${copy}.`,
      'Set TMPDIR to a folder that every user may enter and from which programs may be run.',
    )
}

async function serverOwner(): Promise<{ uid: number; gid: number }> {
  const passwd = await readFile('/etc/passwd', 'utf8')
  for (const name of SYSTEM_USERS) {
    const row = passwd.split('\n').find((line) => line.startsWith(`${name}:`))
    const [, , uid, gid] = row?.split(':') ?? []
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new OperatorError(
    `PostgreSQL refuses to run as root, and there is no user ${SYSTEM_USERS.join(' or ')}.`,
    'Run as an ordinary user, or give a PostgreSQL of your own with --postgres-file FILE.',
  )
}
