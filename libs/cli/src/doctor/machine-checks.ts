import { access, constants, readFile, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { importPlatformPackage } from '../servers/platform-package.ts'
import type { StackPaths } from '../stack/paths.ts'
import { note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

const needed = { major: 24, minor: 12 }
const MIB = 1024 * 1024
const LEAST_MIB = 512
const FEW_MIB = 2048

/** Checks whether this Node can run the hub. */
export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const fits = major > needed.major || (major === needed.major && minor >= needed.minor)
  return fits
    ? ok('Node', `This is Node ${version}.`)
    : wrong(
        'Node',
        `This is Node ${version}; ${needed.major}.${needed.minor} or newer is needed.`,
        'Start `./alkhub` instead of Node itself: it brings the right one.',
      )
}

/** Checks whether the installed packages match the lockfile. */
export async function checkPackages(root: string): Promise<Finding> {
  const read = (file: string): Promise<string | undefined> =>
    readFile(join(root, file), 'utf8').catch(() => undefined)
  const [wanted, installed] = await Promise.all([
    read('pnpm-lock.yaml'),
    read('node_modules/.pnpm/lock.yaml'),
  ])
  if (installed !== undefined && installed === wanted) return ok('packages', 'They are current.')
  return wrong(
    'packages',
    installed === undefined ? 'They are not installed.' : 'They are not those of pnpm-lock.yaml.',
    'Run any `./alkhub` command: it installs them first.',
  )
}

/** Checks whether a local stack finds the programs of its servers. */
export async function checkPrograms(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Finding[]> {
  const hasPostgres = await importPlatformPackage().then(
    () => true,
    () => false,
  )
  const redis = await findProgram(['redis-server', 'valkey-server'], env['PATH'])
  return [
    hasPostgres
      ? ok('PostgreSQL', 'Its programs are among the packages.')
      : wrong(
          'PostgreSQL',
          `There is none for ${process.platform}-${process.arch} among the packages.`,
          'Start with one of your own: `./alkhub up --postgres-file FILE`.',
        ),
    redis === undefined ? await withoutRedis() : ok('Redis', `${redis} will be used.`),
  ]
}

async function withoutRedis(): Promise<Finding> {
  const says = 'There is no redis-server or valkey-server on the PATH.'
  const apt = await findProgram(['apt-get'], '')
  if (process.getuid?.() === 0 && apt !== undefined)
    return note('Redis', says, '`./alkhub up` installs it with apt-get.')
  return wrong(
    'Redis',
    says,
    'Install one (Debian and Ubuntu: `sudo apt-get install redis-server`; macOS: `brew install redis`), or start with `--redis-file FILE`.',
  )
}

async function findProgram(
  names: readonly string[],
  path: string | undefined,
): Promise<string | undefined> {
  const folders = [...(path ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  for (const folder of folders.filter((one) => one !== ''))
    for (const name of names) {
      const file = join(folder, name)
      const usable = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (usable) return file
    }
  return undefined
}

/** Checks the free space on the disks of the clone, of the data of the stack, and of temporary files, as far as they exist. */
export async function checkDisk(paths: Pick<StackPaths, 'root' | 'home'>): Promise<Finding[]> {
  const places = [paths.root, paths.home, join(paths.home, 'postgres'), tmpdir()]
  const found = await Promise.all(
    places.map(async (place) => {
      const free = await statfs(place).catch(() => undefined)
      return free && { place, mib: Math.floor((free.bavail * free.bsize) / MIB) }
    }),
  )
  const room = found.filter((one) => one !== undefined)
  const worst = room.reduce((a, b) => (b.mib < a.mib ? b : a))
  return [diskFinding(worst.place, worst.mib)]
}

/** The finding for an amount of free space. */
export function diskFinding(place: string, mib: number): Finding {
  const says = `There are ${mib} MiB free for ${place}.`
  if (mib < LEAST_MIB)
    return wrong('disk', says, 'Free disk space; PostgreSQL stops on a full disk.')
  if (mib < FEW_MIB) return note('disk', says, 'Free disk space soon.')
  return ok('disk', says)
}
