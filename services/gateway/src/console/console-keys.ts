import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { missingRights } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { findKeyHolder, inTransaction, lockApiKeys, moveGrants } from '@alkdev/storage'

/** Tag of the keys that log-ins to the console make. */
export const CONSOLE_TAG = 'console'
/** Milliseconds after which a log-in ends. */
export const CONSOLE_SESSION_MS = 12 * 3600 * 1000

/** How the tag begins that only a log-in gives. */
export const PARENT_PREFIX = 'console-of:'

/** The tag that names the key that logged in. */
export function parentTag(parentKeyId: string): string {
  return `${PARENT_PREFIX}${parentKeyId}`
}

/** The key that logged in, by the tags of the key of the log-in. */
export function parentOf(tags: readonly string[]): string | undefined {
  return tags.find((tag) => tag.startsWith(PARENT_PREFIX))?.slice(PARENT_PREFIX.length)
}

/** Throws VALIDATION_ERROR for tags, besides those that the key has, with which it would count as the key of a log-in. */
export function refuseParentTags(
  tags: readonly string[] | undefined,
  has: readonly string[] = [],
): void {
  if (
    tags?.some(
      (tag) => tag.trim().toLowerCase().startsWith(PARENT_PREFIX) && !has.includes(tag),
    ) === true
  )
    throw new CallError(
      'VALIDATION_ERROR',
      `Tags that begin with ${PARENT_PREFIX} are those of log-ins.`,
      {
        path: '/tags',
      },
    )
}

/** Whether the key that logged in has all rights of the key of its log-in still. */
export function coversLogIn(parent: Identity, { scopes, resources = {} }: Identity): boolean {
  return missingRights(parent, scopes, resources).length === 0
}

/**
 * Revokes the key of a log-in; one that is revoked already stays so. With `parentKeyId`, the sessions, queued calls and schedules that it started
 * go on with that key, and with the rights that they have; unless the key of the log-in was revoked or disabled before, which ended them.
 */
export async function endConsoleKey(
  { db, keys }: Pick<ServiceRuntime, 'db' | 'keys'>,
  keyId: string,
  parentKeyId?: string,
): Promise<void> {
  if (parentKeyId !== undefined)
    await inTransaction(db, async (tx) => {
      await lockApiKeys(tx, [keyId, parentKeyId], 'share')
      const own = (await findKeyHolder(tx, keyId))?.key
      const parent = (await findKeyHolder(tx, parentKeyId))?.key
      const isLive = own?.enabled === true && own.revokedAt === null
      if (isLive && parent?.ownerId === own.ownerId) await moveGrants(tx, keyId, parentKeyId)
    })
  await keys.revoke(keyId).catch(async (error: unknown) => {
    const record = await keys.findById(keyId)
    if (record !== null && record.metadata.revokedAt === null) throw error
  })
  keys.invalidate({ keyId })
}
