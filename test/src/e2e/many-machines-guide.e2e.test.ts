import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtempDisposable, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SERVICE_NAMES } from '@alkdev/contracts'
import { createTestDatabase, freePort, testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { compileCache } from '../compile-cache.ts'
import { documentText } from '../guide-runner.ts'
import { commandMain, serviceMain } from '../programs.ts'
import { shellCommands } from '../shell-blocks.ts'

/** Starts a line in a shell, with a group of processes of its own. */
function start(line: string, cwd: string): ChildProcess {
  const { PATH = '' } = process.env
  const env = { ...compileCache(), PATH, NO_COLOR: '1' }
  return spawn('/bin/sh', ['-c', line], { cwd, env, detached: true })
}

async function run(line: string, cwd: string): Promise<string> {
  const child = start(line, cwd)
  let [out, err] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  expect({ line, code, err: code === 0 ? '' : err }).toEqual({ line, code: 0, err: '' })
  return out
}

/** Resolves when the service is ready. */
async function startService(line: string, cwd: string): Promise<AsyncDisposable> {
  const child = start(line, cwd)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await expect
    .poll(() => [child.exitCode, said], { timeout: 60_000 })
    .toEqual([null, expect.stringContaining('"msg":"ready"')])
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.pid === undefined) return
      const ended = once(child, 'exit')
      process.kill(-child.pid, 'SIGKILL')
      await ended
    },
  }
}

test('by the commands of run-on-many-machines.md the five services start as processes of their own, and answer the first key', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-many-machines-'))
  await using database = await createTestDatabase()
  await using services = new AsyncDisposableStack()
  const here = dir.path
  await writeFile(
    join(here, 'alkhub'),
    `#!/bin/sh\nexec '${process.execPath}' '${commandMain()}' "$@"\n`,
  )
  await chmod(join(here, 'alkhub'), 0o755)
  await symlink(join(import.meta.dirname, '../../../node_modules'), join(here, 'node_modules'))
  // Files of the names that the guide starts, which load the bundles; the boot smokes load the sources.
  await writeFile(join(here, 'package.json'), '{"type":"module"}')
  for (const name of SERVICE_NAMES) {
    await mkdir(join(here, 'services', name, 'src'), { recursive: true })
    const text = `await import(${JSON.stringify(serviceMain(name))})\n`
    await writeFile(join(here, 'services', name, 'src/main.ts'), text)
  }
  const lines = shellCommands(documentText('docs/guides/run-on-many-machines.md'))
  const [init = '', ...hosts] = lines.filter((line) => /config (init|set http\.host)/.test(line))
  const firsts = lines.filter((line) => /alkhub (migrate|keys bootstrap) /.test(line))
  const starts = lines.filter((line) => line.startsWith('ALKHUB_CONFIG_PATH='))
  const [ops = ''] = lines.filter((line) => line.startsWith('./alkhub ops '))
  expect([hosts.length, firsts.length, starts.length]).toEqual([2, 2, SERVICE_NAMES.length])

  await run(init, here)
  for (const line of hosts) await run(line.replaceAll(/192\.0\.2\.\d+/g, '127.0.0.1'), here)
  const redis = testRedis()
  await writeFile(join(here, 'postgres.url'), database.url)
  await writeFile(join(here, 'redis.url'), redis.url)
  const ports = new Map<string, number>()
  await Promise.all(
    SERVICE_NAMES.map(async (service) => {
      const config = `--config hub/${service}.json`
      const port = await freePort()
      ports.set(service, port)
      await run(
        [
          `./alkhub config set postgres.url --value-file postgres.url ${config}`,
          `./alkhub config set redis.url --value-file redis.url ${config}`,
          `./alkhub config set redis.prefix ${redis.prefix.replace(/:$/, '')} ${config}`,
          `./alkhub config set http.ports.${service} ${port} ${config}`,
        ].join(' && '),
        here,
      )
    }),
  )
  await run(
    './alkhub config set postgres.url --value-file postgres.url --config hub/migrate.json',
    here,
  )
  for (const line of firsts) await run(line, here)
  expect((await stat(join(here, 'admin.key'))).mode & 0o777).toBe(0o600)
  await Promise.all(starts.map(async (line) => services.use(await startService(line, here))))
  const url = `http://127.0.0.1:${ports.get('gateway')}`
  const listed = (): Promise<string> => run(ops.replace(/http:\S+/, url), here)
  // The gateway has read the leases of the others.
  await expect.poll(listed, { timeout: 20_000 }).toMatch(/projects\.list/)
}, 180_000)
