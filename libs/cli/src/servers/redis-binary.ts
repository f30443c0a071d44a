import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { OperatorError } from '@alkdev/errors'

const run = promisify(execFile)

/**
 * A `redis-server` or `valkey-server`: on the PATH, else Debian's package installed when root. Throws OperatorError with the way to install
 * one.
 */
export async function findRedis(onProgress?: (sentence: string) => void): Promise<string> {
  const found = await onPath()
  if (found) return found
  const aptGet = await firstExecutable(['/usr/bin/apt-get'])
  if (process.getuid?.() === 0 && aptGet) {
    onProgress?.('Installing redis-server with apt-get')
    await installWithApt(aptGet)
    const installed = await onPath()
    if (installed) return installed
  }
  throw new OperatorError(
    'There is no redis-server or valkey-server on the PATH.',
    'Install one (Debian and Ubuntu: `sudo apt-get install redis-server`; macOS: `brew install redis`), or give yours with --redis-file FILE.',
  )
}

/** Debian's package starts its server unless a policy forbids it; only the server of this command is wanted. */
async function installWithApt(aptGet: string): Promise<void> {
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    DEBIAN_FRONTEND: 'noninteractive',
    RUNLEVEL: '1',
    LC_ALL: 'C',
  }
  const install = ['-y', '-qq', '-o', 'DPkg::Lock::Timeout=120', 'install', 'redis-server']
  try {
    await run(aptGet, install, { env, timeout: 300_000 })
  } catch {
    // An empty or old package list: fetch it and try once more.
    await run(aptGet, ['-qq', 'update'], { env, timeout: 300_000 }).catch(() => undefined)
    await run(aptGet, install, { env, timeout: 300_000 }).catch(() => undefined)
  }
}

async function onPath(): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  return firstExecutable(
    ['redis-server', 'valkey-server'].flatMap((name) =>
      folders.filter((folder) => folder !== '').map((folder) => join(folder, name)),
    ),
  )
}

async function firstExecutable(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const usable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (usable) return file
  }
  return undefined
}
