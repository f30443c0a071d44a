import { execFile } from 'node:child_process'
import { mkdtempDisposable, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { writeServiceConfigs } from '@alkdev/config'
import { clientSecretPlace, webhookSecretPlace } from '@alkdev/contracts'
import {
  addKey,
  formatKeyRing,
  generateKey,
  generateKeyRing,
  KeyRing,
  parseKeyRing,
  promoteKey,
} from '@alkdev/crypto'
import { compact, uuidv7 } from '@alkdev/std'
import {
  countSecretsByVersion,
  createAccount,
  createClient,
  createDrizzleKeyStore,
  getClientSecret,
  listAudit,
  openDatabase,
  putClientSecret,
  readSchemaLevel,
  revokeApiKey,
  SCHEMA_LEVEL,
} from '@alkdev/storage'
import { createWebhook, listWebhookSecrets } from '@alkdev/storage/webhooks'
import type { Db } from '@alkdev/storage'
import { createTestDatabase, testRedis } from '@alkdev/testing'
import { createKeys } from 'keypal'
import { expect, test } from 'vitest'
import { bootstrapAdmin } from './bootstrap-admin.ts'
import { FIRST_KEY_HINT } from './first-key-hint.ts'
import { reencryptSecrets } from './reencrypt-secrets.ts'

const run = promisify(execFile)

test('of several concurrent runs one creates the admin key, which has every right and is in the audit log', async () => {
  await using database = await createTestDatabase()
  const made = await Promise.allSettled(
    Array.from({ length: 4 }, () => bootstrapAdmin(database.url)),
  )
  const [first, ...others] = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  expect(others).toEqual([])
  expect(first?.key).toMatch(/^alk_/)
  for (const one of made.filter((each) => each.status === 'rejected'))
    expect(String(one.reason)).toContain('The hub has an admin key already')

  await using opened = await openDatabase(database.url, { max: 2 })
  const keys = createKeys({
    prefix: 'alk_',
    storage: createDrizzleKeyStore(opened.db),
    autoTrackUsage: false,
  })
  const { record } = await keys.verify(first?.key ?? '')
  expect(record?.metadata).toMatchObject({ ownerId: first?.accountId, scopes: ['*'] })
  const { items } = await listAudit(opened.db, { ownerId: first?.accountId ?? '' })
  expect(items.map((row) => row.targetId)).toContain(first?.keyId)
})

test('a second admin key needs force, unless the first is no longer valid', async () => {
  await using database = await createTestDatabase()
  const first = await bootstrapAdmin(database.url)
  await expect(bootstrapAdmin(database.url)).rejects.toMatchObject({
    message: `The hub has an admin key already (${first.keyId}).`,
    fix: expect.stringContaining('--force'),
  })
  const second = await bootstrapAdmin(database.url, { force: true })
  expect(second.accountId).toBe(first.accountId)
  await using opened = await openDatabase(database.url, { max: 1 })
  await revokeApiKey(opened.db, first.keyId)
  await expect(bootstrapAdmin(database.url)).rejects.toThrow(second.keyId)
  await revokeApiKey(opened.db, second.keyId)
  expect((await bootstrapAdmin(database.url)).accountId).toBe(first.accountId)
})

test('without a schema the error names the migrate command', async () => {
  await using database = await createTestDatabase({ empty: true })
  await expect(bootstrapAdmin(database.url)).rejects.toMatchObject({
    message: 'The database has no schema yet.',
    fix: expect.stringContaining('migrate'),
  })
})

async function addSecrets(db: Db, ring: KeyRing, names: readonly string[]): Promise<string[]> {
  const { id: ownerId } = await createAccount(db, { email: `${uuidv7()}@example.com` })
  const ids: string[] = []
  for (const name of names) {
    const id = uuidv7()
    const sealed = ring.encrypt(`secret of ${name}`, clientSecretPlace(id, ''))
    await createClient(db, { id, name, type: 'custom', config: {}, ownerId }, { secret: sealed })
    ids.push(id)
  }
  return ids
}

test('every secret is sealed with the first key of the ring, and the counts prove it', async () => {
  await using database = await createTestDatabase()
  await using opened = await openDatabase(database.url, { max: 1 })
  const { db } = opened
  const one = parseKeyRing(generateKeyRing())
  const two = new KeyRing(promoteKey(addKey(one), 2))
  const names = Array.from({ length: 230 }, (_, index) => `client-${index}`)
  const ids = await addSecrets(db, new KeyRing(one), names)
  const steps: string[] = []
  const result = await reencryptSecrets(db, two, {
    onProgress: (done, total) => steps.push(`${done}/${total}`),
  })
  expect(result).toEqual({ reencrypted: 230, failed: [], byVersion: { v2: 230 }, left: 0 })
  expect([steps[0], steps.at(-1)]).toEqual(['0/230', '230/230'])
  const row = await getClientSecret(db, ids[7] ?? '', 'secret')
  expect(two.decryptText(row?.value, clientSecretPlace(ids[7] ?? '', ''))).toBe(
    'secret of client-7',
  )
  // A second run has nothing to do.
  expect(await reencryptSecrets(db, two)).toMatchObject({ reencrypted: 0, left: 0 })
})

test('secrets of webhooks are re-encrypted and counted with those of clients', async () => {
  await using database = await createTestDatabase()
  await using opened = await openDatabase(database.url, { max: 1 })
  const { db } = opened
  const one = parseKeyRing(generateKeyRing())
  const two = new KeyRing(promoteKey(addKey(one), 2))
  await addSecrets(db, new KeyRing(one), ['a'])
  const account = await createAccount(db, { email: 'hooks@example.com' })
  const [id, secretId, url] = [uuidv7(), uuidv7(), 'https://example.com/hook']
  const place = webhookSecretPlace(id, secretId, url)
  await createWebhook(
    db,
    { id, accountId: account.id, name: 'hook', url },
    { id: secretId, value: new KeyRing(one).encrypt('whsec_planted', place) },
  )
  expect(await reencryptSecrets(db, two)).toEqual({
    reencrypted: 2,
    failed: [],
    byVersion: { v2: 2 },
    left: 0,
  })
  const [secret] = await listWebhookSecrets(db, id)
  expect(two.decryptText(secret?.value, place)).toBe('whsec_planted')
})

test('a secret that no key opens is reported and left unchanged, and the others are re-encrypted', async () => {
  await using database = await createTestDatabase()
  await using opened = await openDatabase(database.url, { max: 1 })
  const { db } = opened
  const one = parseKeyRing(generateKeyRing())
  const two = new KeyRing(promoteKey(addKey(one), 2))
  const [, middle = ''] = await addSecrets(db, new KeyRing(one), ['a', 'b', 'c'])
  const moved = new KeyRing(one).encrypt('planted', 'client_secrets/elsewhere/secret')
  const lost = await putClientSecret(db, middle, 'secret', moved)
  const result = await reencryptSecrets(db, two)
  expect(result).toMatchObject({ reencrypted: 2, byVersion: { v1: 1, v2: 2 }, left: 1 })
  expect(result.failed).toEqual([{ secretId: lost.id, why: expect.any(String) }])
  expect((await getClientSecret(db, middle, 'secret'))?.value).toEqual(moved)
})

/** Runs one of the programs of the image with a config of its own; rejects when it exits with something but 0. */
async function program(
  name: string,
  config: { readonly path: string; readonly masterKeyPath: string },
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const file = fileURLToPath(new URL(`./${name}`, import.meta.url))
  // What one process has compiled, the next one need not.
  const { NODE_COMPILE_CACHE } = process.env
  return run(process.execPath, [file], {
    env: {
      ...compact({ NODE_COMPILE_CACHE }),
      ALKHUB_CONFIG_PATH: config.path,
      ALKHUB_MASTER_KEY_PATH: config.masterKeyPath,
    },
  })
}

test(
  'the programs of the image migrate, create the first key once, and re-encrypt',
  { timeout: 120_000 },
  async () => {
    await using database = await createTestDatabase({ empty: true })
    await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-programs-'))
    const one = parseKeyRing(generateKeyRing())
    const active = promoteKey(addKey(one), 2)
    const written = await writeServiceConfigs({
      dir: dir.path,
      postgresUrl: database.url,
      redisUrl: testRedis().url,
      redisPrefix: testRedis().prefix.replace(/:$/, ''),
      busKey: generateKey(),
      encryptionKeys: formatKeyRing(active),
    })
    const { masterKeyPath, configPaths } = written
    const migrating = { path: configPaths.migrate, masterKeyPath }
    const gateway = { path: configPaths.gateway, masterKeyPath }

    const migrated = async () => {
      const { stdout } = await program('migrate-main.ts', migrating)
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    }
    const log = await migrated()
    expect(log.slice(0, -1).map((line) => line.migration.step)).toEqual(['applying', 'done'])
    expect(log.at(-1)).toMatchObject({ level: 30, msg: FIRST_KEY_HINT })
    await using opened = await openDatabase(database.url, { max: 1 })
    expect(await readSchemaLevel(opened.db)).toMatchObject({ applied: SCHEMA_LEVEL })
    // It reports how to create one, and creates none.
    expect(await opened.sql`select 1 from api_keys`).toEqual([])
    expect((await migrated()).at(-1)).toMatchObject({ msg: FIRST_KEY_HINT })

    const first = await program('bootstrap-main.ts', gateway)
    expect(first.stdout).toMatch(/^alk_\S+\n$/)
    expect(first.stderr).not.toContain(first.stdout.trim())
    await expect(program('bootstrap-main.ts', gateway)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^bootstrap: The hub has an admin key already .*--force.*\n$/),
    })

    const later = await migrated()
    expect(later.map((line) => line.migration?.step)).toEqual(['done'])

    await addSecrets(opened.db, new KeyRing(one), ['a', 'b'])
    const sealed = JSON.parse((await program('reencrypt-main.ts', gateway)).stdout)
    expect(sealed).toMatchObject({
      msg: 'client secrets re-encrypted',
      reencrypted: 2,
      left: 0,
      byVersion: { v2: 2 },
    })
    expect(await countSecretsByVersion(opened.db)).toEqual(new Map([[2, 2]]))

    await rm(masterKeyPath)
    await expect(program('migrate-main.ts', migrating)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^migrate: The master key file .* does not exist\. .*\n$/),
    })
  },
)
