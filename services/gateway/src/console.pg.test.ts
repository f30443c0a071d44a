import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { compact, uuidv7 } from '@alkdev/std'
import { getGrantState, setRequestLimits } from '@alkdev/storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endConsoleKeys } from './jobs/end-console-keys.ts'
import { createTestGateway } from './testing/test-gateway.ts'
import type { Person, TestGateway } from './testing/test-gateway.ts'

let hub: TestGateway
let folder: string
let base: string

beforeAll(async () => {
  hub = await createTestGateway()
  folder = await mkdtemp(join(tmpdir(), 'console-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(
    join(folder, 'index.html'),
    '<!doctype html><html><head></head><body></body></html>',
  )
  await writeFile(join(folder, 'assets', 'index-Ab1_x.js'), 'let a = 1')
  await writeFile(join(folder, 'assets', 'index-Ab1_x.js.gz'), gzipSync('let a = 1'))
  await writeFile(join(folder, 'secret.txt'), 'secret')
  base = (await hub.startGateway({ http: { consoleFolder: folder } })).url
})
afterAll(async () => {
  await hub[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const HTML = { accept: 'text/html,application/xhtml+xml' }
/** What the page of the console sends with each request. */
const OWN = { 'x-alkhub-console': '1', 'sec-fetch-site': 'same-origin' }

interface Sent {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly cookie?: string
  readonly at?: string
}

function send(
  path: string,
  { method, body, headers, cookie, at = base }: Sent = {},
): Promise<Response> {
  return fetch(new URL(path, at), {
    redirect: 'manual',
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...OWN,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...compact({ cookie }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

const logIn = (body: unknown, more: Sent = {}) => send('/console/session', { body, ...more })
const cookieOf = (answer: Response): string =>
  (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
const whoAmI = (cookie: string, more: Sent = {}) =>
  send('/console/api/operations/accounts.me', { body: {}, cookie, ...more })

async function loggedIn(person: Person): Promise<string> {
  const answer = await logIn({ key: person.key })
  expect(answer.status).toBe(200)
  return cookieOf(answer)
}

test('browsers are sent from / to the console by relative addresses, and programs get 404', async () => {
  const browser = await send('/', { headers: HTML })
  expect([browser.status, browser.headers.get('location')]).toEqual([302, 'console/'])
  expect((await send('/')).status).toBe(404)
  const bare = await send('/console', { headers: HTML })
  expect([bare.status, bare.headers.get('location')]).toEqual([308, 'console/'])
  const docs = await send('/docs', { headers: HTML })
  expect([docs.status, docs.headers.get('location')]).toEqual([302, 'console/operations'])
})

test('every address of a view is the page, whose base leads back to the console', async () => {
  for (const [path, up] of [
    ['/console/', './'],
    ['/console/calls', './'],
    ['/console/calls/abc', '../'],
    ['/console/a/b/c', '../../'],
    ['/console/spokes/a%2Fb?x=/', '../'],
  ] as const) {
    const answer = await send(path, { headers: HTML })
    expect([path, answer.status]).toEqual([path, 200])
    expect(await answer.text()).toContain(`<base href="${up}">`)
    expect(answer.headers.get('cache-control')).toBe('no-cache')
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  }
})

test('files with a hash are kept for a year and compressed for who accepts it', async () => {
  const packed = await send('/console/assets/index-Ab1_x.js', {
    headers: { 'accept-encoding': 'gzip' },
  })
  expect(packed.headers.get('cache-control')).toContain('immutable')
  expect(packed.headers.get('content-encoding')).toBe('gzip')
  expect(packed.headers.get('content-type')).toContain('text/javascript')
  expect(await packed.text()).toBe('let a = 1')
  const plain = await send('/console/assets/index-Ab1_x.js', {
    headers: { 'accept-encoding': 'identity' },
  })
  expect(plain.headers.get('content-encoding')).toBeNull()
  expect(await plain.text()).toBe('let a = 1')
})

test.each([
  '/console/assets/..%2fsecret.txt',
  '/console/assets/%2e%2e%2fsecret.txt',
  '/console/assets/..%2f..%2f..%2fetc%2fpasswd',
  '/console/assets/secret.txt',
  '/console/assets/index-Ab1_x.js.gz',
  '/console/assets/index-Ab1_x.js%00',
  '/console/assets/none.js',
  '/console/assets/',
  '/console/api/none',
  '/console/assets/a/b',
])('%s is 404 and reads no file', async (path) => {
  const answer = await send(path, { headers: HTML })
  expect(answer.status).toBe(404)
  expect(await answer.text()).not.toContain('secret.txt')
})

test('without a build the page says what to do', async () => {
  const answer = await send('/console/', { headers: HTML, at: hub.gateway.url })
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('5')
  expect(await answer.json()).toMatchObject({
    code: 'UNAVAILABLE',
    detail: expect.stringContaining('alkhub up'),
  })
})

test('a log-in gives a cookie of a narrower key, with which the console calls', async () => {
  const person = await hub.person(['keys:read', 'spokes:attach', 'spokes:read'])
  const answer = await logIn({ key: person.key })
  expect(await answer.json()).toMatchObject({ accountId: person.accountId })
  const set = answer.headers.get('set-cookie') ?? ''
  expect(set).toMatch(/^alkhub_console_\w{8}=[\w+/=]+; Max-Age=\d+; HttpOnly; SameSite=Strict$/)
  expect(set).not.toContain('Path')
  expect(set).not.toContain(person.key)
  const me = await whoAmI(cookieOf(answer))
  expect(me.status).toBe(200)
  const { data } = (await me.json()) as { data: { scopes: string[]; keyId: string } }
  expect(data.scopes.toSorted()).toEqual(['keys:read', 'spokes:read'])
  expect(data.keyId).not.toBe(person.keyId)
})

test('a public https address makes the cookie Secure', async () => {
  const { url } = await hub.startGateway({
    http: { consoleFolder: folder, publicUrl: 'https://hub.example.org' },
  })
  const answer = await logIn({ key: hub.admin.key }, { at: url })
  expect(answer.headers.get('set-cookie')).toContain('; Secure')
})

test.each([
  [400, {}],
  [400, { key: 7 }],
  [400, { key: '' }],
  [400, { key: 'alk_x', link: 'y' }],
  [400, []],
  [401, { key: 'alk_wrong' }],
  [401, { link: 'short' }],
  [401, { link: 'A'.repeat(43) }],
  [413, { key: 'x'.repeat(5000) }],
])('a log-in is refused with %i for %j', async (status, body) => {
  const answer = await logIn(body)
  expect(answer.status).toBe(status)
  expect(answer.headers.get('set-cookie')).toBeNull()
})

test('pages of other origins can neither log in nor use the cookie', async () => {
  const cookie = await loggedIn(hub.admin)
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': '', origin: 'https://evil.example.org' },
  ]) {
    const isOrigin = 'origin' in headers
    const own = isOrigin ? { origin: 'https://evil.example.org', 'x-alkhub-console': '1' } : headers
    const plain = (path: string, method: string) =>
      fetch(new URL(path, base), {
        method,
        headers: {
          'content-type': 'application/json',
          'x-alkhub-console': '1',
          cookie,
          ...own,
        },
        ...(method === 'POST' && {
          body: path.endsWith('session') ? JSON.stringify({ key: hub.admin.key }) : '{}',
        }),
      })
    expect((await plain('/console/session', 'POST')).status).toBe(403)
    expect((await plain('/console/session', 'DELETE')).status).toBe(403)
    expect((await plain('/console/api/operations/accounts.me', 'POST')).status).toBe(403)
    expect((await plain('/console/api/operations', 'GET')).status).toBe(403)
  }
  const without = await fetch(new URL('/console/api/operations', base), { headers: { cookie } })
  expect(without.status).toBe(403)
  // A browser that sends no Sec-Fetch-Site is judged by the origin.
  const origin = new URL(base).origin
  const same = await fetch(new URL('/console/api/operations', base), {
    headers: { cookie, origin, 'x-alkhub-console': '1' },
  })
  expect(same.status).toBe(200)
})

test('the cookie counts for the console alone, and a key does not count there', async () => {
  const cookie = await loggedIn(hub.admin)
  expect((await whoAmI(cookie)).status).toBe(200)
  expect((await send('/api/operations/accounts.me', { body: {}, cookie })).status).toBe(401)
  expect((await send('/console/links', { body: {}, cookie })).status).toBe(401)
  const key = { authorization: `Bearer ${hub.admin.key}` }
  expect((await send('/console/api/operations', { headers: key })).status).toBe(401)
})

test('a log-out revokes the key of the log-in, and the cookie is worth nothing', async () => {
  const person = await hub.person(['keys:read'])
  const cookie = await loggedIn(person)
  const out = await send('/console/session', { method: 'DELETE', cookie })
  expect(out.status).toBe(204)
  expect(out.headers.get('set-cookie')).toContain('Max-Age=0')
  expect((await whoAmI(cookie)).status).toBe(401)
  expect((await hub.fetch('/api/operations', { key: person.key })).status).toBe(200)
  // Once more, and without any cookie: nothing happens.
  expect((await send('/console/session', { method: 'DELETE', cookie })).status).toBe(204)
  expect((await send('/console/session', { method: 'DELETE' })).status).toBe(204)
})

test('a cookie that was changed, or is of another deployment, is refused', async () => {
  const cookie = await loggedIn(hub.admin)
  const [name, value = ''] = cookie.split(/=(.*)/s)
  const changed = `${value.slice(0, 20)}${value[20] === 'A' ? 'B' : 'A'}${value.slice(21)}`
  for (const wrong of [
    `${name}=${changed}`,
    `${name}=`,
    `${name}=abc`,
    `alkhub_console_00000000=${value}`,
  ])
    expect((await whoAmI(wrong)).status).toBe(401)
  await using other = await createTestGateway()
  expect((await whoAmI(cookie, { at: other.gateway.url })).status).toBe(401)
  const theirs = cookieOf(await logIn({ key: other.admin.key }, { at: other.gateway.url }))
  expect((await whoAmI(theirs)).status).toBe(401)
  // Also under the name that this deployment reads.
  expect((await whoAmI(`${name}=${theirs.split(/=(.*)/s)[1]}`)).status).toBe(401)
})

test('when the key that logged in is revoked, the cookie is refused and its streams end', async () => {
  const person = await hub.person(['*'])
  const cookie = await loggedIn(person)
  const stream = await send('/console/api/events', { cookie })
  expect(stream.status).toBe(200)
  const ended = stream.text()
  await hub.keys.revoke(person.keyId)
  expect(await ended).toContain('UNAUTHENTICATED')
  expect((await whoAmI(cookie)).status).toBe(401)
  // It was revoked with it, so that it stays refused.
  const logIns = await hub.keys.findByTag('console', person.accountId)
  expect(logIns.map(({ metadata }) => metadata.revokedAt !== null)).toEqual([true])
})

test('a link logs in once, with the rights of the key that made it', async () => {
  const person = await hub.person(['keys:read'])
  const made = await send('/console/links', {
    method: 'POST',
    headers: { authorization: `Bearer ${person.key}` },
  })
  expect(made.headers.get('cache-control')).toBe('no-store')
  const { path, expiresInMs } = (await made.json()) as { path: string; expiresInMs: number }
  expect(expiresInMs).toBe(300_000)
  const link = path.replace('console/#link=', '')
  const both = await Promise.all([logIn({ link }), logIn({ link })])
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401])
  expect((await logIn({ link })).status).toBe(401)
  const cookie = cookieOf(both.find(({ status }) => status === 200) as Response)
  expect(await (await whoAmI(cookie)).json()).toMatchObject({
    data: { accountId: person.accountId, scopes: ['keys:read'] },
  })
})

test('a link of another account does not replace a log-in, and is not used up', async () => {
  const [victim, other] = [await hub.person(['keys:read']), await hub.person(['keys:read'])]
  const linkOf = async (person: Person): Promise<string> => {
    const headers = { authorization: `Bearer ${person.key}` }
    const made = await send('/console/links', { method: 'POST', headers })
    return ((await made.json()) as { path: string }).path.replace('console/#link=', '')
  }
  const cookie = await loggedIn(victim)
  const link = await linkOf(other)
  const refused = await logIn({ link }, { cookie })
  expect(refused.status).toBe(409)
  expect(refused.headers.get('set-cookie')).toBeNull()
  expect(await (await whoAmI(cookie)).json()).toMatchObject({
    data: { accountId: victim.accountId },
  })
  // A link of the same account logs in again.
  expect((await logIn({ link: await linkOf(victim) }, { cookie })).status).toBe(200)
  // The former cookie is worth nothing now, and so does not protect a log-in.
  const after = await logIn({ link }, { cookie })
  expect(await after.json()).toMatchObject({ accountId: other.accountId })
})

test('a link of a key that was revoked meanwhile is refused', async () => {
  const person = await hub.person(['keys:read'])
  const made = await send('/console/links', {
    method: 'POST',
    headers: { authorization: `Bearer ${person.key}` },
  })
  const { path } = (await made.json()) as { path: string }
  await hub.keys.revoke(person.keyId)
  expect((await logIn({ link: path.replace('console/#link=', '') })).status).toBe(401)
  expect((await send('/console/links', { method: 'POST' })).status).toBe(401)
})

test('a key made in the console outlives the log-in, and ends with the key that logged in', async () => {
  const person = await hub.person(['keys:write', 'keys:read'])
  const cookie = await loggedIn(person)
  const made = await send('/console/api/operations/keys.create', {
    body: { name: 'ci', scopes: ['keys:read'] },
    cookie,
  })
  const { data } = (await made.json()) as { data: { key: string; expiresAt?: string } }
  expect(data.expiresAt).toBeUndefined()
  await send('/console/session', { method: 'DELETE', cookie })
  expect((await hub.fetch('/api/operations', { key: data.key })).status).toBe(200)
})

test('the keys of log-ins that are over are revoked by the job, and no others', async () => {
  const person = await hub.person(['keys:read'])
  await loggedIn(person)
  const runtime = { db: hub.database.db, keys: hub.keys }
  const never = new AbortController().signal
  const live = async () =>
    (await hub.keys.list(person.accountId)).filter(({ metadata }) => metadata.revokedAt === null)
      .length
  await endConsoleKeys(runtime, never)
  expect(await live()).toBe(2)
  expect(await endConsoleKeys(runtime, never, Date.now() + 13 * 3600 * 1000)).toBeGreaterThan(0)
  expect(await live()).toBe(1)
})

test('a key whose tags a person chose is not taken for that of a log-in', async () => {
  const person = await hub.person(['keys:read', 'keys:write'])
  const make = (tags: string[]) =>
    hub.call('keys.create', { name: 'ci', scopes: ['keys:read'], tags }, { key: person.key })
  const refused = await make(['console', `Console-Of:${hub.admin.keyId}`])
  expect([refused.status, await refused.json()]).toMatchObject([400, { code: 'VALIDATION_ERROR' }])
  const made = await make(['console'])
  const { data } = (await made.json()) as { data: { key: string; keyId: string } }
  const tags = ['console', 'console-of:x']
  const update = { keyId: data.keyId, tags }
  expect((await hub.call('keys.update', update, { key: person.key })).status).toBe(400)
  const runtime = { db: hub.database.db, keys: hub.keys }
  await endConsoleKeys(runtime, new AbortController().signal, Date.now() + 13 * 3600 * 1000)
  expect((await hub.fetch('/api/operations', { key: data.key })).status).toBe(200)
})

test('what a log-in started goes on after a log-out, but not when its key was revoked or disabled', async () => {
  for (const [end, moves] of [
    [async () => undefined, true],
    [(keyId: string) => hub.keys.revoke(keyId), false],
    [(keyId: string) => hub.keys.disable(keyId), false],
  ] as const) {
    // oxlint-disable no-await-in-loop -- one after the other
    const person = await hub.person(['keys:read'])
    const cookie = await loggedIn(person)
    const [made] = await hub.keys.findByTag('console', person.accountId)
    const keyId = made?.id ?? ''
    const { accountId } = person
    const grantId = uuidv7()
    const row = { id: grantId, account_id: accountId, key_id: keyId, scopes: ['keys:read'] }
    await hub.database.sql`insert into grants ${hub.database.sql(row)}`
    await end(keyId)
    expect((await send('/console/session', { method: 'DELETE', cookie })).status).toBe(204)
    const state = await getGrantState(hub.database.db, grantId)
    expect(state?.grant.keyId).toBe(moves ? person.keyId : keyId)
    // oxlint-enable no-await-in-loop
  }
})

test('a right that the key that logged in has lost is no right of its log-in', async () => {
  const person = await hub.person(['keys:read', 'keys:write'])
  const cookie = await loggedIn(person)
  const stream = await send('/console/api/events', { cookie })
  const ended = stream.text()
  const update = { keyId: person.keyId, scopes: ['keys:read'] }
  expect((await hub.call('keys.update', update, { key: hub.admin.key })).status).toBe(200)
  expect(await ended).toContain('UNAUTHENTICATED')
  expect((await whoAmI(cookie)).status).toBe(401)
  expect((await whoAmI(await loggedIn(person))).status).toBe(200)
})

test('log-ins and links count as requests of the key', async () => {
  const person = await hub.person(['keys:read'])
  await setRequestLimits(hub.database.db, { of: 'key', id: person.keyId }, { perMinute: 2 })
  hub.keys.invalidate({ keyId: person.keyId })
  const { url } = await hub.startGateway({ http: { consoleFolder: folder } })
  const at = (path: string, body?: unknown) =>
    send(path, {
      method: 'POST',
      at: url,
      ...compact({ body }),
      headers: { authorization: `Bearer ${person.key}` },
    })
  expect((await at('/console/links')).status).toBe(200)
  expect((await at('/console/session', { key: person.key })).status).toBe(200)
  const refused = await at('/console/session', { key: person.key })
  expect([refused.status, refused.headers.get('set-cookie')]).toEqual([429, null])
  expect((await at('/console/links')).status).toBe(429)
})
