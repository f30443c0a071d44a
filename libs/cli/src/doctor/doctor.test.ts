import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtempDisposable, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initConfig, setValue } from '@alkdev/config'
import { OperatorError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { stackPaths } from '../stack/paths.ts'
import { run } from '../testing/memory-io.ts'
import { checkComposeEnv, checkConfigFile, checkConfigFolder } from './config-checks.ts'
import { ok, runChecks } from './finding.ts'
import {
  checkDisk,
  checkNode,
  checkPackages,
  checkPrograms,
  diskFinding,
} from './machine-checks.ts'
import { checkOauth } from './oauth-checks.ts'
import { redisFindings } from './server-checks.ts'
import { checkKeyFiles, checkStack } from './stack-checks.ts'

const folder = () => mkdtempDisposable(join(tmpdir(), 'alkhub-doctor-'))

test('a check that throws is a finding with the fix of its error', async () => {
  const findings = await runChecks({
    one: async () => [ok('one', 'Good.')],
    two: () => Promise.reject(new OperatorError('It is unavailable.', 'Start it.')),
  })
  expect(findings).toEqual([
    { check: 'one', state: 'ok', says: 'Good.' },
    { check: 'two', state: 'wrong', says: 'It is unavailable.', fix: 'Start it.' },
  ])
})

test.each([
  ['24.12.0', 'ok'],
  ['26.0.0', 'ok'],
  ['24.11.9', 'wrong'],
  ['18.20.4', 'wrong'],
])('Node %s is %s', (version, state) => {
  expect(checkNode(version).state).toBe(state)
})

test('packages must be those of the lockfile', async () => {
  await using dir = await folder()
  await writeFile(join(dir.path, 'pnpm-lock.yaml'), 'a')
  expect(await checkPackages(dir.path)).toMatchObject({ says: 'They are not installed.' })
  await mkdir(join(dir.path, 'node_modules/.pnpm'), { recursive: true })
  await writeFile(join(dir.path, 'node_modules/.pnpm/lock.yaml'), 'b')
  expect(await checkPackages(dir.path)).toMatchObject({ state: 'wrong' })
  await writeFile(join(dir.path, 'node_modules/.pnpm/lock.yaml'), 'a')
  expect(await checkPackages(dir.path)).toMatchObject({ state: 'ok' })
})

test('the programs of both servers are looked for, Redis on the PATH first', async () => {
  await using dir = await folder()
  const file = join(dir.path, 'valkey-server')
  await writeFile(file, '#!/bin/sh\n', { mode: 0o755 })
  const [postgres, redis] = await checkPrograms({ PATH: dir.path })
  expect(postgres?.check).toBe('PostgreSQL')
  expect(redis).toMatchObject({ state: 'ok', says: `${file} will be used.` })
})

test.skipIf(process.platform !== 'linux')(
  'the disk of the data of the stack is looked at, also when it is another one than that of the clone',
  async () => {
    await using dir = await folder()
    // A file system without any space.
    expect(await checkDisk({ root: dir.path, home: '/proc' })).toMatchObject([
      { state: 'wrong', says: 'There are 0 MiB free for /proc.' },
    ])
    const [none] = await checkDisk({ root: dir.path, home: join(dir.path, 'not-there') })
    expect(none?.says).not.toContain('not-there')
  },
)

test('little disk space is a warning, too little is an error', () => {
  expect(diskFinding('/x', 100).state).toBe('wrong')
  expect(diskFinding('/x', 1000).state).toBe('note')
  expect(diskFinding('/x', 5000).state).toBe('ok')
})

test('the config of init is valid; a plain secret, a mistake and open permissions are named', async () => {
  await using dir = await folder()
  const made = join(dir.path, 'config')
  await initConfig({ dir: made, compose: false })
  expect(await checkConfigFolder(made)).toMatchObject([
    { state: 'ok', says: '6 config files are in order.' },
  ])
  await chmod(join(made, 'master.key'), 0o644)
  expect((await checkConfigFolder(made)).map((one) => one.state)).toEqual(['ok'])
  await chmod(made, 0o755)
  const plain = { postgres: { url: 'postgres://u:planted-3@h/d' }, logging: { level: 'loud' } }
  await writeFile(join(made, 'migrate.json'), JSON.stringify(plain))
  await rm(join(made, 'redis.acl'))
  const findings = await checkConfigFolder(made)
  expect(findings.map((one) => one.state)).toEqual(['wrong', 'wrong', 'wrong'])
  const says = findings.map((one) => one.says).join('\n')
  expect(says).toContain('logging.level: expected one of')
  expect(says).toContain('holds postgres.url in clear')
  expect(says).toContain(`Others on this machine may read ${made}.`)
  expect(JSON.stringify(findings)).not.toContain('planted-3')
})

test('a master key that opens nothing is named as what is wrong, once for each file', async () => {
  await using dir = await folder()
  const made = join(dir.path, 'config')
  await initConfig({ dir: made, compose: false })
  await writeFile(join(made, 'master.key'), randomBytes(32).toString('base64'))
  const target = { path: join(made, 'mcp.json'), masterKeyPath: join(made, 'master.key') }
  expect(await checkConfigFile(target)).toEqual([
    {
      check: 'config',
      state: 'wrong',
      says: expect.stringContaining('the master key does not open postgres'),
      fix: expect.stringContaining(target.masterKeyPath),
    },
  ])
  expect(await checkOauth(target)).toEqual([])
})

test('a set of secrets that is not whole, and a .env that does not name it, are wrong', async () => {
  await using dir = await folder()
  const secrets = join(dir.path, 'secrets')
  expect(await checkConfigFolder(secrets)).toEqual([])
  expect(await checkComposeEnv(dir.path, secrets)).toEqual([])
  await initConfig({ dir: secrets, compose: true })
  expect(await checkComposeEnv(dir.path, secrets)).toMatchObject([{ state: 'wrong' }])
  await writeFile(join(dir.path, '.env'), 'ALKHUB_SECRETS=./secrets\n')
  expect(await checkComposeEnv(dir.path, secrets)).toMatchObject([{ state: 'wrong' }])
  await initConfig({ dir: secrets, compose: true, envFile: join(dir.path, '.env') })
  expect(await checkComposeEnv(dir.path, secrets)).toEqual([])
  await rm(join(secrets, 'mcp.json'))
  expect(await checkConfigFolder(secrets)).toMatchObject([
    { state: 'wrong', says: `${secrets} lacks mcp.json.` },
  ])
})

test('a config file that is not there is wrong', async () => {
  expect(await checkConfigFile({ path: '/nowhere/gateway.json' })).toMatchObject([
    { state: 'wrong', says: 'The config file /nowhere/gateway.json does not exist.' },
  ])
})

test('settings of Redis that lose messages or jobs are wrong', () => {
  const good = {
    'maxmemory-policy': 'noeviction',
    'client-output-buffer-limit':
      'normal 0 0 0 slave 268435456 67108864 60 pubsub 268435456 67108864 10',
  }
  const states = (settings: Record<string, string>) =>
    redisFindings({ ...good, ...settings }).map((one) => one.state)
  expect(states({})).toEqual(['ok'])
  expect(states({ 'client-output-buffer-limit': 'pubsub 0 0 0' })).toEqual(['ok'])
  expect(states({ 'maxmemory-policy': 'allkeys-lru' })).toEqual(['wrong'])
  expect(states({ 'client-output-buffer-limit': 'pubsub 33554432 8388608 60' })).toEqual(['wrong'])
  expect(redisFindings({}).map((one) => one.state)).toEqual(['wrong', 'wrong'])
})

test('a stack that was killed is named when something of it is alive', async () => {
  await using dir = await folder()
  const paths = stackPaths(dir.path)
  await mkdir(paths.home)
  const [idle] = await checkStack(paths)
  expect(idle).toMatchObject({ state: 'ok', says: 'Nothing runs in this clone.' })
  const write = (redis: number) => {
    const state = { pid: 2 ** 22 + 1, startedAt: '', services: {}, servers: { redis } }
    return writeFile(paths.lock, JSON.stringify(state))
  }
  const redis = spawn('sleep', ['60'], { argv0: 'redis-server', stdio: 'ignore' })
  try {
    await once(redis, 'spawn')
    await write(redis.pid ?? 0)
    expect((await checkStack(paths))[0]).toMatchObject({
      state: 'wrong',
      says: `A stack of this clone was killed, and processes ${redis.pid} are alive.`,
    })
  } finally {
    redis.kill('SIGKILL')
  }
  // Another program that now has the process id.
  await write(process.pid)
  const [now, last] = await checkStack(paths)
  expect(now).toMatchObject({ state: 'ok' })
  expect(last).toMatchObject({
    state: 'note',
    check: 'last stack',
    says: expect.stringContaining(`(process ${2 ** 22 + 1}, started at `),
  })
})

test('key files that others may read are wrong', async () => {
  await using dir = await folder()
  const paths = stackPaths(dir.path)
  expect(await checkKeyFiles(paths)).toEqual([])
  await mkdir(paths.home)
  await writeFile(paths.adminKey, 'x', { mode: 0o600 })
  expect(await checkKeyFiles(paths)).toMatchObject([{ state: 'ok' }])
  await chmod(paths.adminKey, 0o644)
  expect(await checkKeyFiles(paths)).toMatchObject([
    { state: 'wrong', fix: expect.stringContaining(`chmod 600 ${paths.adminKey}`) },
  ])
})

test('doctor does not send its reader to itself when a server of --config is unavailable', async () => {
  await using dir = await folder()
  const closed = { host: '127.0.0.1', port: 1 }
  const made = join(dir.path, 'config')
  await initConfig({ dir: made, compose: false, postgres: closed, redis: closed })
  const config = join(made, 'gateway.json')
  const masterKeyPath = join(made, 'master.key')
  for (const setting of ['postgres.connectTimeoutMs', 'redis.connectTimeoutMs'])
    // oxlint-disable-next-line no-await-in-loop -- both are written to one file
    await setValue({ path: config, masterKeyPath, setting, value: 300 })
  const { code, out } = await run(['doctor', '--config', config])
  expect(code).toBe(1)
  expect(out).toContain('Redis at 127.0.0.1:1 does not answer.')
  expect(out).toContain('Start Redis, or correct `redis` of the config file.\n')
  expect(out).toMatch(/✗ database .*127\.0\.0\.1:1/)
  expect(out).not.toContain('`alkhub doctor` tells')
})
