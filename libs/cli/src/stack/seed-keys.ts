import { readFile, rename, writeFile } from 'node:fs/promises'
import { ensureAdmin } from '@alkdev/service/admin'
import { createDrizzleKeyStore, openDatabase } from '@alkdev/storage'
import { createKeys } from 'keypal'
import type { ApiKeyManager } from 'keypal'
import type { StackPaths } from './paths.ts'

/**
 * Creates the admin account, its key (all scopes) and the dev spoke's key (only to attach), each once. A key file whose key is
 * no longer valid, because the database is new, is replaced.
 */
export async function seedKeys(paths: StackPaths, postgresUrl: string): Promise<void> {
  const database = await openDatabase(postgresUrl, { max: 1, applicationName: 'alkhub up' })
  const keys = createKeys({
    prefix: 'alk_',
    storage: createDrizzleKeyStore(database.db),
    auditLogs: true,
    autoTrackUsage: false,
  })
  try {
    const accountId = await ensureAdmin(database.db, 'Admin of the local stack')
    await ensureKey(keys, paths.adminKey, accountId, 'admin', ['*'])
    await ensureKey(keys, paths.spokeKey, accountId, 'dev spoke', ['spokes:attach'])
  } finally {
    await database.close()
  }
}

async function ensureKey(
  keys: ApiKeyManager,
  file: string,
  ownerId: string,
  name: string,
  scopes: readonly string[],
): Promise<void> {
  const known = (await readFile(file, 'utf8').catch(() => '')).trim()
  if (known !== '') {
    const { record } = await keys.verify(known)
    if (record?.metadata.ownerId === ownerId) return
  }
  const { key } = await keys.create({ ownerId, name, scopes, tags: ['local-stack'] })
  const next = `${file}.new`
  await writeFile(next, `${key}\n`, { mode: 0o600 })
  await rename(next, file)
}
