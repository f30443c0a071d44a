import { mkdtempDisposable, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig, writeServiceConfigs } from '@alkdev/config'
import { clientSecretPlace } from '@alkdev/contracts'
import { generateKey, generateKeyRing } from '@alkdev/crypto'
import { uuidv7 } from '@alkdev/std'
import { createAccount, createClient, openDatabase, SCHEMA_LEVEL } from '@alkdev/storage'
import { createTestDatabase, testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { checkPostgres, checkRedis } from '../doctor/server-checks.ts'
import { run } from '../testing/memory-io.ts'
import type { RunResult } from '../testing/memory-io.ts'

/** A deployment: config files for a database without a schema and the Redis of the run. */
async function deployment() {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await createTestDatabase({ empty: true }))
  const dir = stack.use(await mkdtempDisposable(join(tmpdir(), 'alkhub-operator-')))
  const { configPaths, masterKeyPath } = await writeServiceConfigs({
    dir: dir.path,
    postgresUrl: database.url,
    redisUrl: testRedis().url,
    busKey: generateKey(),
    encryptionKeys: generateKeyRing(),
  })
  return {
    database,
    dir: dir.path,
    gateway: { path: configPaths.gateway, masterKeyPath },
    /** Here only the environment names the config. */
    alkhub: (...argv: string[]): Promise<RunResult> =>
      run(argv, { cwd: dir.path, env: { ALKHUB_CONFIG_PATH: configPaths.gateway } }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

test('migrate brings an empty database to the level of this version, and then has nothing to do', async () => {
  await using hub = await deployment()
  const before = await checkPostgres(hub.gateway).catch((error: Error) => error.message)
  expect(before).toBe('The database has no schema yet.')
  const first = await hub.alkhub('migrate', '--json')
  expect(first).toMatchObject({ code: 0, err: '' })
  const { applied, level } = JSON.parse(first.out)
  expect({ applied: applied.length, level }).toEqual({ applied: SCHEMA_LEVEL, level: SCHEMA_LEVEL })
  const again = await hub.alkhub('migrate')
  expect(again.out).toBe(`The schema is at level ${SCHEMA_LEVEL} already.\n`)
  expect(await checkPostgres(hub.gateway)).toMatchObject([
    { check: 'database', state: 'ok' },
    { check: 'clock of PostgreSQL', state: 'ok' },
  ])
})

test('the settings of a Redis that runs are read by doctor', async () => {
  await using hub = await deployment()
  expect(await checkRedis(hub.gateway)).toEqual([
    { check: 'redis', state: 'ok', says: 'It answers, and its settings fit.' },
    expect.objectContaining({ check: 'clock of Redis', state: 'ok' }),
  ])
})

test('the first admin key goes into a file of its owner alone, and is made once', async () => {
  await using hub = await deployment()
  await hub.alkhub('migrate')
  const file = join(hub.dir, 'admin.key')
  const made = await hub.alkhub('keys', 'bootstrap', '--to', file)
  expect(made).toMatchObject({ code: 0, err: '' })
  const key = await readFile(file, 'utf8')
  expect(key).toMatch(/^alk_\S+\n$/)
  expect(made.out).not.toContain(key.trim())
  expect((await stat(file)).mode & 0o777).toBe(0o600)

  // An existing file is kept, and no key is created for it.
  const kept = await hub.alkhub('keys', 'bootstrap', '--force', '--to', file)
  expect(kept.err).toContain(`${file} exists already.`)
  expect(await readFile(file, 'utf8')).toBe(key)
  const other = join(hub.dir, 'other.key')
  const refused = await hub.alkhub('keys', 'bootstrap', '--to', other)
  expect(refused.code).toBe(1)
  expect(refused.err).toMatch(/^alkhub: The hub has an admin key already .*--force/)
  await expect(stat(other)).rejects.toThrow('ENOENT')
  const further = await hub.alkhub('keys', 'bootstrap', '--force')
  expect(further.out).toMatch(/^alk_\S+$/m)
})

test('rotate-keys: every secret is sealed with the new key, proven by counts, and opens with the new ring', async () => {
  await using hub = await deployment()
  await hub.alkhub('migrate')
  await using opened = await openDatabase(hub.database.url, { max: 1 })
  const { encryptionKeys: old } = await loadConfig({ ...hub.gateway, service: 'gateway' })
  const account = await createAccount(opened.db, { email: 'owner@example.com' })
  const ids = Array.from({ length: 3 }, () => uuidv7())
  for (const id of ids) {
    const secret = old.encrypt('sk-planted', clientSecretPlace(id, ''))
    const client = { id, name: `c-${id}`, type: 'custom', config: {}, ownerId: account.id }
    await createClient(opened.db, client, { secret })
  }

  expect((await hub.alkhub('rotate-keys')).out).toContain('Added the key v2 to 4 config files')
  const active = await hub.alkhub('rotate-keys', '--activate', '--json')
  expect(JSON.parse(active.out)).toMatchObject({
    active: 'v2',
    reencrypted: 3,
    failed: [],
    byVersion: { v2: 3 },
    left: 0,
  })
  expect(active.code).toBe(0)
  const { encryptionKeys: ring } = await loadConfig({ ...hub.gateway, service: 'gateway' })
  expect(ring.versions).toEqual([2, 1])
  const rows = await opened.sql<{ client_id: string; value: unknown }[]>`
    select client_id, value from client_secrets`
  for (const row of rows) {
    const value = typeof row.value === 'string' ? JSON.parse(row.value) : row.value
    expect(ring.decryptText(value, clientSecretPlace(row.client_id, ''))).toBe('sk-planted')
  }
  const again = await hub.alkhub('rotate-keys', '--activate')
  expect(again.out).toBe('Sealed 0 secrets with v2. Now there are v2: 3.\n')
})

test('doctor names what is wrong with the config that it is given, and exits with 1', async () => {
  await using hub = await deployment()
  const { code, out } = await hub.alkhub('doctor', '--json')
  expect(code).toBe(1)
  const { healthy, findings } = JSON.parse(out)
  expect(healthy).toBe(false)
  expect(findings).toContainEqual({
    check: 'database',
    state: 'wrong',
    says: 'The database has no schema yet.',
    fix: expect.stringContaining('alkhub migrate'),
  })
  expect(findings).toContainEqual(expect.objectContaining({ check: 'redis', state: 'ok' }))
})
