import { mkdir, mkdtempDisposable, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256Hex } from '@alkdev/crypto'
import { expect, test } from 'vitest'
import { initConfig, initFiles, loadConfig } from './index.ts'

const folder = (): ReturnType<typeof mkdtempDisposable> =>
  mkdtempDisposable(join(tmpdir(), 'alkhub-init-'))

test('for compose it makes keys, passwords and a config per process that fit each other', async () => {
  await using dir = await folder()
  const secrets = join(dir.path, 'secrets')
  const made = await initConfig({ dir: secrets, compose: true })
  expect(made.created).toBe(true)
  expect((await readdir(secrets)).toSorted()).toEqual(initFiles().toSorted())
  const password = async (name: string): Promise<string> =>
    readFile(join(secrets, `${name}-password`), 'utf8')
  const config = await loadConfig({
    path: join(secrets, 'gateway.json'),
    masterKeyPath: join(secrets, 'master.key'),
    service: 'gateway',
  })
  expect(config.postgres.url.reveal()).toBe(
    `postgres://alkhub:${await password('postgres')}@postgres:5432/alkhub`,
  )
  expect(config.redis.url.reveal()).toBe(`redis://alkhub:${await password('redis')}@redis:6379`)
  expect(config.http.host).toBe('0.0.0.0')
  // The proxy of the stack, whose address is in a private network.
  expect(config.http.trustedProxies).toEqual(['uniquelocal'])
  const acl = await readFile(join(secrets, 'redis.acl'), 'utf8')
  expect(acl).toContain(`#${sha256Hex(await password('redis'))}`)
  expect(acl).toContain('user default off')
})

test('the folder keeps others out; without containers the files do too', async () => {
  await using dir = await folder()
  const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777
  await initConfig({ dir: join(dir.path, 'a'), compose: true })
  await initConfig({ dir: join(dir.path, 'b'), compose: false })
  expect(await mode(join(dir.path, 'a'))).toBe(0o700)
  expect(await mode(join(dir.path, 'b'))).toBe(0o700)
  for (const file of initFiles()) {
    expect(await mode(join(dir.path, 'a', file))).toBe(0o644)
    expect(await mode(join(dir.path, 'b', file))).toBe(0o600)
  }
})

test('a second run touches nothing, and several at once end with one set', async () => {
  await using dir = await folder()
  const secrets = join(dir.path, 'secrets')
  const runs = await Promise.allSettled(
    Array.from({ length: 4 }, () => initConfig({ dir: secrets, compose: true })),
  )
  expect(runs.filter((run) => run.status === 'fulfilled' && run.value.created)).toHaveLength(1)
  const key = await readFile(join(secrets, 'master.key'), 'utf8')
  expect(await initConfig({ dir: secrets, compose: true })).toMatchObject({ created: false })
  expect(await readFile(join(secrets, 'master.key'), 'utf8')).toBe(key)
  expect(await readdir(dir.path)).toEqual(['secrets'])
  await loadConfig({
    path: join(secrets, 'mcp.json'),
    masterKeyPath: join(secrets, 'master.key'),
    service: 'mcp',
  })
})

test('a set of which something is missing is not mixed with new keys', async () => {
  await using dir = await folder()
  const secrets = join(dir.path, 'secrets')
  await initConfig({ dir: secrets, compose: true })
  await rm(join(secrets, 'master.key'))
  await expect(initConfig({ dir: secrets, compose: true })).rejects.toThrow(
    `${secrets} is incomplete: master.key is missing.`,
  )
})

test('other things in the folder stay', async () => {
  await using dir = await folder()
  const secrets = join(dir.path, 'secrets')
  await mkdir(secrets)
  await writeFile(join(secrets, 'tls.pem'), 'mine')
  await initConfig({ dir: secrets, compose: true })
  expect(await readFile(join(secrets, 'tls.pem'), 'utf8')).toBe('mine')
  expect((await readdir(secrets)).toSorted()).toEqual(['tls.pem', ...initFiles()].toSorted())
})

test('the file that Compose reads gets the path of the secrets once and keeps its other content', async () => {
  await using dir = await folder()
  const envFile = join(dir.path, '.env')
  await writeFile(envFile, 'ALKHUB_PORT=4000')
  const input = { dir: join(dir.path, 'secrets'), compose: true, envFile }
  await initConfig(input)
  await initConfig(input)
  const files = 'COMPOSE_FILE=docker-compose.yml:docker-compose.files.yml\n'
  expect(await readFile(envFile, 'utf8')).toBe(
    `ALKHUB_PORT=4000\nALKHUB_SECRETS=./secrets\n${files}`,
  )
})

test('a file of Compose that names the secrets from before gets the second file, once', async () => {
  await using dir = await folder()
  const envFile = join(dir.path, '.env')
  const before = 'ALKHUB_SECRETS=/etc/alkhub\n'
  await writeFile(envFile, before)
  const input = { dir: join(dir.path, 'secrets'), compose: true, envFile }
  await initConfig(input)
  await initConfig(input)
  const files = 'COMPOSE_FILE=docker-compose.yml:docker-compose.files.yml\n'
  expect(await readFile(envFile, 'utf8')).toBe(before + files)
})

test('in a volume the two servers can read their own files, and only the services the others', async () => {
  await using dir = await folder()
  const secrets = join(dir.path, 'secrets')
  expect(await initConfig({ dir: secrets, compose: true, volume: true })).toMatchObject({
    created: true,
  })
  const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777
  expect(await mode(secrets)).toBe(0o755)
  const open = new Set(['postgres-password', 'redis.acl'])
  for (const file of initFiles())
    expect([file, await mode(join(secrets, file))]).toEqual([file, open.has(file) ? 0o644 : 0o600])
  expect(await initConfig({ dir: secrets, compose: true, volume: true })).toMatchObject({
    created: false,
  })
})
