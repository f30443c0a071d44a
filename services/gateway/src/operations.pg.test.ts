import { clientSecretPlace } from '@alkdev/contracts'
import { listAudit, loadClients } from '@alkdev/storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestGateway } from './testing/test-gateway.ts'
import type { TestGateway } from './testing/test-gateway.ts'

let hub: TestGateway

beforeAll(async () => {
  hub = await createTestGateway()
})
afterAll(() => hub[Symbol.asyncDispose]())

interface Answer {
  readonly status: number
  readonly data: Record<string, unknown>
  readonly code?: string
  readonly details?: unknown
}

async function call(operationId: string, input: unknown, key = hub.admin.key): Promise<Answer> {
  const answer = await hub.call(operationId, input, { key })
  const body = (await answer.json()) as Partial<Answer>
  return { data: {}, ...body, status: answer.status }
}

test('accounts.me returns account, key, organizations and scopes', async () => {
  const person = await hub.person(['tasks:read'])
  const { data } = await call('accounts.me', {}, person.key)
  expect(data).toMatchObject({
    accountId: person.accountId,
    keyId: person.keyId,
    orgIds: [],
    scopes: ['tasks:read'],
  })
})

test('a key is shown once, works, is listed without its secret, and is refused after its revocation', async () => {
  const { data: created } = await call('keys.create', {
    name: 'ci',
    scopes: ['tasks:read'],
    tags: ['CI'],
  })
  const key = created['key'] as string
  expect(key).toMatch(/^alk_/)
  expect((await call('accounts.me', {}, key)).data).toMatchObject({ scopes: ['tasks:read'] })
  const { data: list } = await call('keys.list', {})
  expect(JSON.stringify(list)).not.toContain(key)
  const { keyId } = created
  expect((list['items'] as { keyId: string }[]).map((item) => item.keyId)).toContain(keyId)
  const { data: revoked } = await call('keys.revoke', { keyId })
  expect(revoked).toMatchObject({ keyId })
  expect((await call('keys.revoke', { keyId })).data).toEqual(revoked)
  await expect.poll(async () => (await call('accounts.me', {}, key)).status).toBe(401)
  const audit = await listAudit(hub.database.db, { targetId: keyId as string })
  expect(audit.items.map(({ action }) => action)).toEqual(['keys.revoked', 'keys.created'])
})

test('no account can grant more rights than its own', async () => {
  const person = await hub.person(['keys:*', 'fs:read'])
  const create = (input: object) => call('keys.create', { name: 'more', ...input }, person.key)
  expect(await create({ scopes: ['fs:read', 'keys:read'] })).toMatchObject({ status: 200 })
  expect(await create({ scopes: ['fs:write'] })).toMatchObject({
    code: 'ACCESS_DENIED',
    details: { missing: ['fs:write'] },
  })
  expect(await create({ scopes: ['*'] })).toMatchObject({ code: 'ACCESS_DENIED' })
  expect(await create({ scopes: ['fs:*'] })).toMatchObject({ code: 'ACCESS_DENIED' })
  expect(await create({ scopes: [], resources: { 'spoke:laptop': ['call'] } })).toMatchObject({
    code: 'ACCESS_DENIED',
  })
})

test('the keys of another account cannot be seen', async () => {
  const person = await hub.person(['keys:*'])
  const other = await hub.person([])
  for (const operation of ['keys.revoke', 'keys.rotate']) {
    const refused = await call(operation, { keyId: other.keyId }, person.key)
    expect(refused).toMatchObject({ status: 404, code: 'KEY_NOT_FOUND' })
  }
  const { data } = await call('keys.list', {}, person.key)
  expect((data['items'] as object[]).length).toBe(1)
})

test('a rotated key keeps its rights and ends the old one after the grace period', async () => {
  const { data: old } = await call('keys.create', { name: 'rotating', scopes: ['tasks:read'] })
  const rotatedAt = Date.now()
  const graceMs = 1500
  const { data: fresh } = await call('keys.rotate', { keyId: old['keyId'], graceMs })
  const status = async (key: unknown) => (await call('accounts.me', {}, key as string)).status
  expect((await call('accounts.me', {}, fresh['key'] as string)).data).toMatchObject({
    scopes: ['tasks:read'],
  })
  expect(await status(old['key'])).toBe(200)
  const again = await call('keys.rotate', { keyId: old['keyId'] })
  expect(again).toMatchObject({
    status: 409,
    code: 'CONFLICT',
    details: { reason: 'ALREADY_ROTATED' },
  })
  await expect.poll(() => status(old['key']), { timeout: graceMs + 3000 }).toBe(401)
  expect(Date.now() - rotatedAt).toBeGreaterThanOrEqual(graceMs)
  expect(await status(fresh['key'])).toBe(200)
})

test('a key rotated without a grace period ends at once', async () => {
  const { data: old } = await call('keys.create', { name: 'rotating', scopes: ['tasks:read'] })
  const { data: fresh } = await call('keys.rotate', { keyId: old['keyId'], graceMs: 0 })
  const status = async (key: unknown) => (await call('accounts.me', {}, key as string)).status
  await expect.poll(() => status(old['key'])).toBe(401)
  expect(await status(fresh['key'])).toBe(200)
})

test('a key with an invalid expiry is refused as input', async () => {
  const past = await call('keys.create', {
    name: 'late',
    scopes: [],
    expiresAt: '2001-01-01T00:00:00Z',
  })
  expect(past).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' })
})

test('a client is stored with its secret encrypted, and no answer contains the secret', async () => {
  const secret = 'sk-this-is-never-shown-again'
  const config = { baseUrl: 'https://models.example.org/v1' }
  const { status, data } = await call('clients.create', {
    name: 'weather',
    type: 'llm-provider',
    config,
    secret,
  })
  expect(status).toBe(200)
  expect(data).toMatchObject({
    name: 'weather',
    config,
    hasSecret: true,
    ownerId: hub.admin.accountId,
  })
  const { data: list } = await call('clients.list', { type: 'llm-provider' })
  expect(list['items']).toEqual([data])
  const [stored] = await loadClients(hub.database.db, 'llm-provider')
  expect(JSON.stringify([data, list, stored])).not.toContain(secret)
  expect(Object.keys(stored?.secrets ?? {})).toEqual(['secret'])
  expect(clientSecretPlace(data['clientId'] as string, '')).toBe(
    `client_secrets/${stored?.client.id}/secret`,
  )
  expect(
    await call('clients.create', { name: 'weather', type: 'custom', config: {} }),
  ).toMatchObject({ status: 409, code: 'CONFLICT' })
  const other = await hub.person(['clients:*'])
  expect((await call('clients.list', {}, other.key)).data).toEqual({ items: [] })
  expect(await call('clients.delete', { name: 'weather' }, other.key)).toMatchObject({
    status: 404,
    code: 'CLIENT_NOT_FOUND',
  })
  expect((await call('clients.delete', { name: 'weather' })).data).toEqual({
    clientId: data['clientId'],
    name: 'weather',
  })
  expect((await call('clients.list', {})).data).toEqual({ items: [] })
})

test('a config that does not fit its type names every failing path, and nothing is stored', async () => {
  const config = { baseUrl: 'ftp://x', protocol: 'gopher', more: 1 }
  const refused = await call('clients.create', { name: 'bad', type: 'llm-provider', config })
  expect(refused).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' })
  const { errors } = refused.details as { errors: { path: string }[] }
  const paths = new Set(errors.map(({ path }) => path))
  for (const path of ['/config/baseUrl', '/config/protocol', '/config/more'])
    expect(paths).toContain(path)
  expect(await call('clients.create', { name: 'keys', type: 'custom', config: {} })).toMatchObject({
    status: 409,
  })
  expect((await call('clients.list', {})).data).toEqual({ items: [] })
})

test('the secret of a new client and the text of a new key are not in the call log', async () => {
  const secret = 'not-to-be-read'
  const made = await hub.call('clients.create', {
    name: 'quiet',
    type: 'custom',
    config: {},
    secret,
  })
  const keyed = await hub.call('keys.create', { name: 'quiet', scopes: [] })
  const { data } = (await keyed.json()) as { data: { key: string } }
  const ids = [made, keyed].map((answer) => answer.headers.get('x-request-id') ?? '')
  const rows = async () =>
    await hub.database.sql`select * from call_log where id in ${hub.database.sql(ids)}`
  await expect.poll(async () => (await rows()).length).toBe(2)
  const text = JSON.stringify(await rows())
  expect(text).not.toContain(secret)
  expect(text).not.toContain(data.key)
})

test('system.health names the services without an instance, and needs its scope', async () => {
  const health = async () => (await call('system.health', {})).data
  await expect.poll(health, { timeout: 60_000 }).toMatchObject({
    healthy: false,
    instances: [{ service: 'gateway', status: 'ready', postgres: true, redis: true }],
    postgres: { answeredMs: expect.any(Number) as unknown },
    redis: { evictionPolicy: 'noeviction' },
  })
  const { findings, invariants } = (await health()) as {
    findings: { check: string; state: string }[]
    invariants: { name: string; broken: number }[]
  }
  expect(findings.filter(({ state }) => state === 'wrong').map(({ check }) => check)).toEqual([
    'spoke-broker',
    'coordinator',
    'inference-proxy',
    'mcp',
  ])
  expect(invariants.map(({ name, broken }) => `${name} ${broken}`)).toContain('tasksWithoutClaim 0')
  const reader = await hub.person(['audit:read'])
  expect((await call('system.health', {}, reader.key)).status).toBe(404)
})
