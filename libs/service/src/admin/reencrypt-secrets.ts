import { clientOrigin, clientSecretPlace, webhookSecretPlace } from '@alkdev/contracts'
import { SecretError } from '@alkdev/crypto'
import type { EncryptedData, KeyRing } from '@alkdev/crypto'
import { compact } from '@alkdev/std'
import {
  countSecretsByVersion,
  listSecretsToReencrypt,
  reencryptClientSecret,
} from '@alkdev/storage'
import { listWebhookSecretsToReencrypt, reencryptWebhookSecret } from '@alkdev/storage/webhooks'
import type { Db } from '@alkdev/storage'

/** Rows read at once; each is sealed separately, so the size only bounds memory. */
const BATCH = 100

/** A secret of a client or a webhook. */
interface SealedSecret {
  readonly id: string
  readonly value: EncryptedData
  readonly place: string
  /** False when it was changed or deleted meanwhile: its newer value stays. */
  replace(db: Db, value: EncryptedData): Promise<boolean>
}

/** Reads secrets that are not sealed with the given key version, in the order of their ids, after `afterId`. */
type Source = (
  db: Db,
  currentVersion: number,
  options: { readonly afterId?: string; readonly limit?: number },
) => Promise<SealedSecret[]>

/** Everything that the key ring seals. */
const SOURCES: readonly Source[] = [
  async (db, currentVersion, options) =>
    (await listSecretsToReencrypt(db, currentVersion, options)).map((row) => ({
      id: row.id,
      value: row.value,
      place: clientSecretPlace(
        row.clientId,
        clientOrigin(row.client.type, row.client.config),
        row.secretKey,
      ),
      replace: (to, value) => reencryptClientSecret(to, row, value),
    })),
  async (db, currentVersion, options) =>
    (await listWebhookSecretsToReencrypt(db, currentVersion, options)).map((row) => ({
      id: row.id,
      value: row.value,
      place: webhookSecretPlace(row.webhookId, row.id, row.url),
      replace: (to, value) => reencryptWebhookSecret(to, row, value),
    })),
]

export interface ReencryptOptions {
  /** Ends the run between two secrets; secrets that are re-encrypted stay so. */
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, total: number) => void
}

export interface ReencryptResult {
  readonly reencrypted: number
  /** Secrets that could not be opened, and why. They are left unchanged. */
  readonly failed: readonly { readonly secretId: string; readonly why: string }[]
  /** Secrets by the version of the key that seals them, counted afterwards. */
  readonly byVersion: Readonly<Record<string, number>>
  /** Secrets sealed with a key other than the first of the ring. 0 proves that the rotation is complete. */
  readonly left: number
}

/**
 * Re-encrypts, one after the other, every secret of clients and webhooks that is not sealed with the first key of the ring; a secret that is changed
 * meanwhile keeps its newer value. May be run again at any time, and while services run.
 */
export async function reencryptSecrets(
  db: Db,
  ring: KeyRing,
  options: ReencryptOptions = {},
): Promise<ReencryptResult> {
  const total = othersThan(await countSecretsByVersion(db), ring.current)
  const failed: { secretId: string; why: string }[] = []
  let reencrypted = 0
  let done = 0
  options.onProgress?.(0, total)
  for (const source of SOURCES) {
    for (let afterId: string | undefined; ;) {
      const rows = await source(db, ring.current, { limit: BATCH, ...compact({ afterId }) })
      for (const row of rows) {
        options.signal?.throwIfAborted()
        const value = reencrypt(ring, row)
        if (typeof value === 'string') failed.push({ secretId: row.id, why: value })
        else if (await row.replace(db, value)) reencrypted += 1
        done += 1
        options.onProgress?.(done, Math.max(done, total))
      }
      afterId = rows.at(-1)?.id
      if (afterId === undefined) break
    }
  }
  const counts = await countSecretsByVersion(db)
  return {
    reencrypted,
    failed,
    byVersion: Object.fromEntries([...counts].map(([version, count]) => [`v${version}`, count])),
    left: othersThan(counts, ring.current),
  }
}

/** The secret sealed with the current key, or why it can't be opened. */
function reencrypt(ring: KeyRing, { place, value }: SealedSecret): EncryptedData | string {
  try {
    return ring.encrypt(ring.decrypt(value, place), place)
  } catch (error) {
    if (error instanceof SecretError) return error.why
    throw error
  }
}

function othersThan(counts: ReadonlyMap<number, number>, current: number): number {
  return [...counts].reduce((sum, [version, count]) => sum + (version === current ? 0 : count), 0)
}
