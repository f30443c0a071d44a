import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call, callTool } from '../http.ts'
import type { ToolAnswer } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'
import { startTokenIssuer } from '../token-issuer.ts'
import type { TokenIssuer } from '../token-issuer.ts'

const RESOURCE = 'https://hub.example.org/mcp'
const PATIENCE = { timeout: 30_000 }

let issuer: TokenIssuer
let hub: TestStack

beforeAll(async () => {
  issuer = await startTokenIssuer()
  const login = { claims: { sub: 'ada' }, account: 'admin@example.com' }
  const { url } = issuer
  hub = await startTestStack({
    mcpOauth: {
      resource: RESOURCE,
      issuers: [{ issuer: url, jwksUrl: `${url}/keys`, clockSkewMs: 0, logins: [login] }],
    },
  })
  await call(hub, hub.admin, 'keys.create', { name: 'oauth', scopes: ['*'] })
})
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  await issuer?.[Symbol.asyncDispose]()
})

/** A token of the administrator that is valid for `seconds` seconds. */
function tokenFor(seconds: number): { key: string; endsAt: string } {
  const exp = Math.ceil(Date.now() / 1000) + seconds
  const claims = { aud: RESOURCE, sub: 'ada', scope: '*', exp }
  return { key: issuer.token(claims), endsAt: new Date(exp * 1000).toISOString() }
}

const use = (key: string, operationId: string, input: object = {}): Promise<ToolAnswer> =>
  callTool(hub, { key }, { operationId, input })

test('a token makes no API key that is valid for longer than the token', async () => {
  const { key, endsAt } = tokenFor(60)
  const made = await use(key, 'keys.create', { name: 'made', scopes: ['*'] })
  expect(made.data).toMatchObject({ expiresAt: endsAt })
  const later = new Date(Date.now() + 3_600_000).toISOString()
  const refused = await use(key, 'keys.create', { name: 'later', scopes: ['*'], expiresAt: later })
  expect(refused).toMatchObject({ isError: true, data: { code: 'ACCESS_DENIED' } })
})

test('what a token has queued does not begin after its end, until a key queues it again', async () => {
  const { key } = tokenFor(3)
  const given = { operationId: 'accounts.me', input: {}, delayMs: 5000 }
  const queued = await use(key, 'calls.enqueue', given)
  const { callId } = queued.data as { readonly callId: string }
  const state = async (id: string) =>
    (await call(hub, hub.admin, 'calls.get', { callId: id })).body.data
  await vi.waitUntil(async () => (await state(callId)).status === 'failed', PATIENCE)
  expect(await state(callId)).toMatchObject({ error: { code: 'UNAUTHENTICATED' } })
  expect((await use(key, 'accounts.me')).status).toBe(401)
  const { repeated } = (await call(hub, hub.admin, 'calls.repeatDead', { callId })).body.data as {
    readonly repeated: readonly { readonly repeatedAs: string }[]
  }
  const again = repeated[0]?.repeatedAs ?? ''
  await vi.waitUntil(async () => (await state(again)).status === 'completed', PATIENCE)
})

test('a schedule that a token has made is paused when it is due after its end', async () => {
  const { key } = tokenFor(3)
  const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 5000).toISOString()
  const made = await use(key, 'schedules.create', {
    name: 'once',
    operationId: 'accounts.me',
    input: {},
    at,
  })
  expect(made).toMatchObject({ isError: false })
  const schedule = async () =>
    (await call(hub, hub.admin, 'schedules.get', { schedule: made.data.scheduleId })).body.data
  await vi.waitUntil(async () => (await schedule()).status === 'paused', PATIENCE)
  expect(await schedule()).toMatchObject({ pausedReason: 'UNAUTHENTICATED' })
})
