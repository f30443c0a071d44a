import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const store = fileURLToPath(new URL('../../node_modules/.pnpm', import.meta.url))

interface Installed {
  readonly version: string
  readonly folder: string
  readonly manifest: Readonly<Record<string, unknown>>
}

export interface LocalRegistry extends AsyncDisposable {
  readonly url: string
}

/** A package registry that serves what is installed in this workspace, so that a test installs with the real npm and without a network. */
export async function startLocalRegistry(): Promise<LocalRegistry> {
  const folders = await readdir(store)
  const server = createServer((request, response) => {
    answer(request.url ?? '/', request.headers.host ?? '').then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })

  async function versionsOf(name: string): Promise<readonly Installed[]> {
    const prefix = `${name.replace('/', '+')}@`
    const found = new Map<string, Installed>()
    for (const entry of folders.filter((each) => each.startsWith(prefix))) {
      const folder = join(store, entry, 'node_modules', name)
      const manifest = JSON.parse(
        await readFile(join(folder, 'package.json'), 'utf8'),
      ) as Installed['manifest']
      const version = String(manifest['version'])
      found.set(version, { version, folder, manifest })
    }
    return [...found.values()]
  }

  async function answer(
    path: string,
    host: string,
  ): Promise<{ readonly status: number; readonly type: string; readonly body: string | Buffer }> {
    const [, name = '', version] =
      /^\/(.*?)(?:\/-\/(.+)\.tgz)?$/.exec(decodeURIComponent(path)) ?? []
    const versions = await versionsOf(name)
    if (versions.length === 0) return { status: 404, type: 'application/json', body: '{}' }
    if (version !== undefined) {
      const chosen = versions.find((each) => each.version === version)
      if (!chosen) return { status: 404, type: 'application/json', body: '{}' }
      return { status: 200, type: 'application/octet-stream', body: await tarballOf(chosen.folder) }
    }
    const entries = versions.map(({ version: each, manifest }) => {
      const tarball = `http://${host}/${name}/-/${each}.tgz`
      return [each, { ...manifest, dist: { tarball } }] as const
    })
    const packument = {
      name,
      'dist-tags': { latest: versions.at(-1)?.version },
      versions: Object.fromEntries(entries),
    }
    return { status: 200, type: 'application/json', body: JSON.stringify(packument) }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** npm drops the first folder of each path, whatever its name is. */
async function tarballOf(folder: string): Promise<Buffer> {
  const { stdout } = await run(
    'tar',
    [
      '-czf',
      '-',
      '--hard-dereference',
      '--exclude=node_modules',
      '-C',
      dirname(folder),
      basename(folder),
    ],
    { encoding: 'buffer', maxBuffer: 256 * 1024 * 1024 },
  )
  return stdout
}
