import { createHmac, createPublicKey } from 'node:crypto'
import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { JsonWebKey } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { HANGING, startTestMcp } from '../testing/test-mcp.ts'
import type { TestMcp } from '../testing/test-mcp.ts'
import { startTestIssuer } from '../testing/test-issuer.ts'
import type { TestIssuer } from '../testing/test-issuer.ts'

const RESOURCE = 'https://hub.example.org/mcp'
const METADATA = 'https://hub.example.org/.well-known/oauth-protected-resource/mcp'

let issuer: TestIssuer
let other: TestIssuer
let unscoped: TestIssuer
let mcp: TestMcp
let oauthKey: { readonly key: string; readonly keyId: string }

beforeAll(async () => {
  issuer = await startTestIssuer(RESOURCE)
  other = await startTestIssuer(RESOURCE)
  unscoped = await startTestIssuer('api://hub')
  const ada = { claims: { sub: 'ada' }, account: 'owner@example.org' }
  mcp = await startTestMcp(
    {},
    {
      mcpOauth: {
        resource: RESOURCE,
        issuers: [
          {
            issuer: issuer.url,
            jwksUrl: issuer.jwksUrl,
            scopes: ['fs:read', 'fs:write'],
            clockSkewMs: 10_000,
            logins: [
              ada,
              { claims: { sub: 'narrow' }, account: 'owner@example.org', key: 'narrow' },
              { claims: { sub: 'gone' }, account: 'missing@example.org' },
              { claims: { groups: 'engineers' }, accountClaim: 'email' },
            ],
          },
          { issuer: unscoped.url, audiences: ['api://hub'], limitByScope: false, logins: [ada] },
        ],
      },
    },
  )
  oauthKey = await mcp.createKey({ name: 'oauth' })
  await mcp.createKey({ name: 'narrow', scopes: ['fs:read', 'git:read'] })
})
afterAll(async () => {
  await mcp?.[Symbol.asyncDispose]()
  await issuer?.[Symbol.asyncDispose]()
  await other?.[Symbol.asyncDispose]()
  await unscoped?.[Symbol.asyncDispose]()
})

const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' }

function post(token: string | undefined, body: object = LIST, url = mcp.url): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
}

function call(token: string, operationId: string, input: object = {}): Promise<Response> {
  const params = { name: 'call', arguments: { operationId, input } }
  return post(token, { jsonrpc: '2.0', id: 7, method: 'tools/call', params })
}

test('a token of the issuer calls operations with the rights of the key of its account', async () => {
  await vi.waitUntil(
    async () =>
      (await (await call(await issuer.token(), 'dev.probe.probe.echo', { a: 1 })).text()).includes(
        '{\\"a\\":1}',
      ),
    { timeout: 20_000, interval: 200 },
  )
  expect((await post(oauthKey.key)).status).toBe(200)
})

test('the answer to a client without a token names the metadata, and the metadata has the issuer', async () => {
  const refused = await post(undefined)
  expect(refused.status).toBe(401)
  expect(refused.headers.get('www-authenticate')).toBe(
    `Bearer scope="fs:read fs:write", resource_metadata="${METADATA}"`,
  )
  const base = mcp.url.replace(/\/mcp$/, '')
  const read = async (path: string): Promise<unknown> => (await fetch(`${base}${path}`)).json()
  const expected = {
    resource: RESOURCE,
    resource_name: 'alkdev hub',
    authorization_servers: [issuer.url, unscoped.url],
    bearer_methods_supported: ['header'],
    scopes_supported: ['fs:read', 'fs:write'],
  }
  expect(await read('/.well-known/oauth-protected-resource/mcp')).toEqual(expected)
  expect(await read('/.well-known/oauth-protected-resource')).toEqual(expected)
  expect(await read('/.well-known/oauth-protected-resource/mcp/native')).toEqual({
    ...expected,
    resource: `${RESOURCE}/native`,
  })
})

const now = (): number => Math.floor(Date.now() / 1000)
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token that is signed with the text of the public key as a shared secret. */
function signedWithPublicKey(algorithm: string, secret: string): string {
  const payload = { iss: issuer.url, aud: RESOURCE, sub: 'ada', scope: '*', exp: now() + 60 }
  const text = `${part({ alg: algorithm, kid: 'first' })}.${part(payload)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

function publicJwk(): JsonWebKey {
  return issuer.server.issuer.keys.toJSON()[0] as JsonWebKey
}

async function tampered(): Promise<string> {
  const [header, payload = '', signature] = (await issuer.token({ sub: 'mallory' })).split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
  return `${header}.${part({ ...claims, sub: 'ada' })}.${signature}`
}

test.each<[string, () => string | Promise<string>]>([
  ['for another audience', () => issuer.token({ aud: 'https://other.example.org/mcp' })],
  ['for a resource above this one', () => issuer.token({ aud: 'https://hub.example.org' })],
  ['without an audience', () => issuer.token({ aud: undefined })],
  ['for the client, as an ID token is', () => issuer.token({ aud: 'client', azp: 'client' })],
  ['that has expired', () => issuer.token({ exp: now() - 11 })],
  ['that is not valid yet', () => issuer.token({ nbf: now() + 30 })],
  ['without an end', () => issuer.token({ exp: undefined })],
  ['without a subject', () => issuer.token({ sub: undefined })],
  ['of another issuer', () => other.token()],
  ['of another issuer in the name of this one', () => other.token({ iss: issuer.url })],
  ['of an issuer with a slash more', () => issuer.token({ iss: `${issuer.url}/` })],
  ['with an audience of another issuer', () => issuer.token({ aud: 'api://hub' })],
  ['with a changed claim', tampered],
  [
    'without a signature (alg none)',
    () => {
      const claims = { iss: issuer.url, aud: RESOURCE, sub: 'ada', exp: now() + 60 }
      return `${part({ alg: 'none' })}.${part(claims)}.`
    },
  ],
  [
    'signed with the PEM of the public key (HS256)',
    () => {
      const key = createPublicKey({ key: publicJwk(), format: 'jwk' })
      return signedWithPublicKey('HS256', key.export({ type: 'spki', format: 'pem' }).toString())
    },
  ],
  [
    'signed with the JSON of the public key (HS256)',
    () => signedWithPublicKey('HS256', JSON.stringify(publicJwk())),
  ],
  ['that is no token', () => 'a.b.c'],
  ['of great length', () => `${part({ alg: 'RS256' })}.${'A'.repeat(12_000)}.AAAA`],
])('a token %s is refused, and the answer does not say why', async (_, make) => {
  const answer = await post(await make())
  expect(answer.status).toBe(401)
  expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
  expect(await answer.json()).toMatchObject({
    code: 'UNAUTHENTICATED',
    detail: 'The token is not valid.',
  })
})

test('a clock difference within the tolerance is accepted', async () => {
  expect((await post(await issuer.token({ exp: now() - 3 }))).status).toBe(200)
  expect((await post(await issuer.token({ nbf: now() + 3 }))).status).toBe(200)
})

test('a token in the address or in another header counts for nothing', async () => {
  const token = await issuer.token()
  const url = `${mcp.url}?access_token=${token}`
  expect((await post(undefined, LIST, url)).status).toBe(401)
  const headers = { 'content-type': 'application/json', 'x-api-key': token }
  const body = JSON.stringify(LIST)
  expect((await fetch(mcp.url, { method: 'POST', headers, body })).status).toBe(401)
})

test.each([
  ['that no login fits', { sub: 'eve' }],
  ['whose account does not exist', { sub: 'gone' }],
  [
    'with an address that its issuer has not verified',
    { sub: 'x', groups: ['engineers'], email: 'owner@example.org' },
  ],
  ['of a member without an address', { sub: 'x', groups: ['engineers'], email_verified: true }],
])('a valid token %s is refused', async (_, claims) => {
  const answer = await post(await issuer.token(claims))
  expect(answer.status).toBe(403)
  expect(await answer.json()).toMatchObject({
    detail: 'No account of this hub accepts this token.',
  })
})

test('the verified address in a claim names the account', async () => {
  const claims = {
    sub: 'x',
    groups: ['engineers'],
    email: 'Owner@example.org',
    email_verified: true,
  }
  expect((await post(await issuer.token(claims))).status).toBe(200)
})

test('the answer to a token without a scope of its key names the scopes', async () => {
  const answer = await post(await issuer.token({ sub: 'narrow', scope: 'openid shell:run' }))
  expect(answer.status).toBe(403)
  expect(answer.headers.get('www-authenticate')).toBe(
    `Bearer error="insufficient_scope", scope="fs:read fs:write", resource_metadata="${METADATA}"`,
  )
})

test('an issuer that does not know the scopes of the hub gives all rights of the key', async () => {
  expect((await post(await unscoped.token({ scope: undefined }))).status).toBe(200)
})

test('a call of a token ends when the token expires', async () => {
  const before = mcp.calls.length
  const token = await issuer.token({ exp: now() - 7 })
  const answer = call(token, HANGING)
  await expect.poll(() => mcp.calls.length, { timeout: 20_000 }).toBe(before + 1)
  expect(await (await answer).text()).toContain('The token has expired.')
  await expect.poll(() => mcp.calls[before]?.aborted, { timeout: 20_000 }).toBe(true)
})

test('two hundred tokens with invented keys cause at most one reading of the keys', async () => {
  await post(await issuer.token())
  const before = issuer.reads()
  const tokens = await Promise.all(
    Array.from({ length: 200 }, (_, at) => issuer.token({}, { kid: `invented-${at}` })),
  )
  const statuses = await Promise.all(tokens.map(async (token) => (await post(token)).status))
  expect(statuses.filter((status) => status !== 401 && status !== 503)).toEqual([])
  expect(issuer.reads() - before).toBeLessThanOrEqual(1)
  expect((await post(await issuer.token())).status).toBe(200)
})

test('a client of the SDK finds the issuer, gets a token for this resource, and calls', async () => {
  const own = await startTestIssuer()
  const ports = new URL(mcp.url).port
  own.server.service.on('beforeTokenSigning', (token, request) => {
    const { resource } = request.body as { readonly resource?: string }
    Object.assign(token.payload, { aud: resource, sub: 'ada', scope: '*' })
  })
  await using local = await startTestMcp(
    {},
    {
      mcpOauth: {
        issuers: [
          { issuer: own.url, logins: [{ claims: { sub: 'ada' }, account: 'owner@example.org' }] },
        ],
      },
    },
  )
  expect(new URL(local.url).port).not.toBe(ports)
  await local.createKey({ name: 'oauth' })
  const client = new Client({ name: 'test', version: '1' })
  const authProvider = new ClientCredentialsProvider({ clientId: 'agent', clientSecret: 'secret' })
  await client.connect(new StreamableHTTPClientTransport(new URL(local.url), { authProvider }))
  const { tools } = await client.listTools()
  expect(tools.map(({ name }) => name)).toContain('call')
  await client.close()
  await own[Symbol.asyncDispose]()
})

test('a call of a token goes on when the key of its account is rotated', async () => {
  const token = await issuer.token()
  const before = mcp.calls.length
  const meet = (): Promise<Response> => call(token, 'dev.probe.probe.meet', { name: 'rotation' })
  const first = meet()
  await expect.poll(() => mcp.calls.length, { timeout: 20_000 }).toBe(before + 1)
  const old = oauthKey.key
  oauthKey = await mcp.rotate(oauthKey.keyId)
  await expect.poll(async () => (await post(old)).status, { timeout: 20_000 }).toBe(401)
  expect(await (await meet()).text()).toContain('met rotation')
  expect(await (await first).text()).toContain('met rotation')
})

test('one address that floods with tokens leaves checks for others', async () => {
  const tokens = await Promise.all(
    Array.from({ length: 100 }, (_, at) => issuer.token({ jti: String(at) })),
  )
  const answers = await Promise.all(tokens.map((token) => post(token)))
  const refused = answers.filter(({ status }) => status !== 200)
  for (const answer of refused) {
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(await answer.json()).toMatchObject({
      code: 'OVERLOADED',
      detail: 'Too many tokens of this client are being checked; ask again.',
    })
  }
  // A hundred requests with one token are one check.
  const token = await issuer.token({ jti: 'same' })
  const same = await Promise.all(Array.from({ length: 100 }, () => post(token)))
  expect(same.map(({ status }) => status)).toEqual(same.map(() => 200))
})

// The last one: it ends the key that the others use.
test('a call of a token ends when the key of its account is revoked, and the token is refused', async () => {
  const before = mcp.calls.length
  const token = await issuer.token()
  const answer = call(token, HANGING)
  await expect.poll(() => mcp.calls.length, { timeout: 20_000 }).toBe(before + 1)
  await mcp.revoke(oauthKey.keyId)
  expect(await (await answer).text()).toContain('UNAUTHENTICATED')
  await expect.poll(() => mcp.calls[before]?.aborted, { timeout: 20_000 }).toBe(true)
  await expect.poll(async () => (await post(token)).status, { timeout: 20_000 }).toBe(403)
})
