import { clientOrigin, clientSecretPlace } from '@alkdev/contracts'
import { SecretError } from '@alkdev/crypto'
import type { EncryptedData, KeyRing } from '@alkdev/crypto'
import { compact } from '@alkdev/std'
import { listUnboundSecrets, reencryptClientSecret } from '@alkdev/storage'
import type { Db, SecretToReseal } from '@alkdev/storage'

const BATCH = 100

interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

/**
 * Seals each client secret that an older version stored without its origin with the origin that its client has now, and marks it in the
 * same statement. Only an unmarked secret is opened in the old form, so a client whose address is edited by hand afterwards does not get
 * its secret. Any number of processes may run this at once: the first one seals. A secret that does not open stays unmarked and is logged.
 */
export async function bindSecrets(db: Db, ring: KeyRing, logger: Log): Promise<void> {
  let bound = 0
  for (let afterId: string | undefined; ;) {
    const rows = await listUnboundSecrets(db, {
      limit: BATCH,
      ...compact({ afterId }),
    })
    for (const row of rows) {
      const value = sealWithOrigin(ring, row)
      if (value instanceof SecretError)
        logger.warn({ record: value.record, why: value.why }, 'a client secret cannot be opened')
      else if (await reencryptClientSecret(db, row, value)) bound += 1
    }
    afterId = rows.at(-1)?.id
    if (afterId === undefined) break
  }
  if (bound > 0) logger.info({ bound }, 'client secrets are now sealed with their origins')
}

/** The secret sealed with its origin, or why it can't be opened. */
function sealWithOrigin(ring: KeyRing, row: SecretToReseal): EncryptedData | SecretError {
  const { clientId, secretKey, value, client } = row
  const place = clientSecretPlace(clientId, clientOrigin(client.type, client.config), secretKey)
  const formerPlace = clientSecretPlace(clientId, '', secretKey)
  let failure: SecretError | undefined
  // An unmarked secret may be sealed with its origin already: some earlier versions sealed it so but did not mark it.
  for (const from of [place, formerPlace]) {
    try {
      return ring.encrypt(ring.decrypt(value, from), place)
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      failure = error
    }
  }
  return failure as SecretError
}
