import { clientOrigin, clientSecretPlace } from '@alkdev/contracts'
import { SecretError } from '@alkdev/crypto'
import type { EncryptedData, KeyRing } from '@alkdev/crypto'
import {
  countSecretsByVersion,
  listSecretsToReencrypt,
  reencryptClientSecret,
} from '@alkdev/storage'
import type { Db, SecretToReseal } from '@alkdev/storage'

/** Rows read at once; each is sealed by itself, so the size bounds memory and nothing else. */
const BATCH = 100

export interface ReencryptOptions {
  /** Ends the run between two secrets; what is done stays done. */
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, total: number) => void
}

export interface ReencryptResult {
  readonly reencrypted: number
  /** Secrets that could not be opened, and why. They stay as they are. */
  readonly failed: readonly { readonly secretId: string; readonly why: string }[]
  /** Secrets by the version of the key that seals them, counted afterwards. */
  readonly byVersion: Readonly<Record<string, number>>
  /** Secrets that another than the first key of the ring seals. 0 is the proof that the rotation has ended. */
  readonly left: number
}

/**
 * Seals every client secret with the first key of the ring that another one sealed, one after the other; a secret that is changed
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
  for (let afterId: string | undefined; ;) {
    const rows = await listSecretsToReencrypt(db, ring.current, {
      limit: BATCH,
      ...(afterId !== undefined && { afterId }),
    })
    for (const row of rows) {
      options.signal?.throwIfAborted()
      const value = reencrypt(ring, row)
      if (typeof value === 'string') failed.push({ secretId: row.id, why: value })
      else if (await reencryptClientSecret(db, row, value)) reencrypted += 1
      done += 1
      options.onProgress?.(done, Math.max(done, total))
    }
    afterId = rows.at(-1)?.id
    if (afterId === undefined) break
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
function reencrypt(ring: KeyRing, row: SecretToReseal): EncryptedData | string {
  const origin = clientOrigin(row.client.type, row.client.config)
  const place = clientSecretPlace(row.clientId, origin, row.secretKey)
  try {
    return ring.encrypt(ring.decrypt(row.value, place), place)
  } catch (error) {
    if (error instanceof SecretError) return error.why
    throw error
  }
}

function othersThan(counts: ReadonlyMap<number, number>, current: number): number {
  return [...counts].reduce((sum, [version, count]) => sum + (version === current ? 0 : count), 0)
}
