import { randomBytes } from 'node:crypto'
import { MODEL_CALL_PURPOSE } from '@alkdev/contracts'
import { Secret, signToken } from '@alkdev/crypto'
import { createKeyAuthenticator, KEY_PREFIX } from '@alkdev/service'
import { uuidv7 } from '@alkdev/std'
import { createAccount, createDrizzleKeyStore, openDatabase } from '@alkdev/storage'
import { createSessionGrant } from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { createKeys } from 'keypal'
import { expect, test } from 'vitest'
import { sessionAuthenticator } from './authenticate-session.ts'

test('a token of a session is valid as long as all grants of the chain are', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url, { max: 2 })
  const { db, sql } = database
  const storage = createDrizzleKeyStore(db)
  await using keys = createKeys({ prefix: KEY_PREFIX, storage, cache: false })
  const grant = async (scopes: string[], parent?: string) => {
    const { id: accountId } = await createAccount(db, { email: `${uuidv7()}@example.com` })
    const { record } = await keys.create({ ownerId: accountId, scopes })
    const by = { accountId, keyId: record.id, scopes, resources: {} }
    return createSessionGrant(db, by, parent)
  }
  const upper = await grant(['inference:use', 'fs:read'])
  const lower = await grant(['inference:use', 'fs:write'], upper)
  const key = new Secret(randomBytes(32).toString('base64'))
  const authenticator = sessionAuthenticator({
    authenticator: createKeyAuthenticator(keys),
    config: { bus: { key } },
    db,
  } as never)
  const [sessionId, turnId, stepId, callId] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()]
  const call = { grantId: lower, sessionId, turnId, stepId, callId }
  const token = signToken(call, key.reveal(), 60_000, { purpose: MODEL_CALL_PURPOSE })
  const authenticate = async () => authenticator.authenticate({ authorization: `Bearer ${token}` })
  expect((await authenticate()).identity).toMatchObject({
    scopes: ['inference:use'],
    sessionId,
    sharedOnly: true,
  })
  await sql`update grants set expires_at = now() - interval '1 minute' where id = ${upper}`
  await expect(authenticate()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  await sql`update grants set expires_at = null, revoked_at = now() where id = ${upper}`
  await expect(authenticate()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})
