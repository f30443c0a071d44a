import { once } from 'node:events'
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initConfig } from '@alkdev/config'
import { expect, onTestFinished, test } from 'vitest'
import { checkOauth } from './oauth-checks.ts'
import type { Finding } from './finding.ts'

/** The findings about a config with these issuers, in a folder as `config init` makes it. */
async function findings(mcpOauth: object): Promise<Finding[]> {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-oauth-'))
  const made = join(dir.path, 'config')
  await initConfig({ dir: made, compose: false })
  const path = join(made, 'mcp.json')
  const config = JSON.parse(await readFile(path, 'utf8')) as object
  await writeFile(path, JSON.stringify({ ...config, mcpOauth }))
  return await checkOauth({ path, masterKeyPath: join(made, 'master.key') })
}

async function issuerWith(keys: unknown): Promise<string> {
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys })))
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const logins = [{ claims: { sub: 'ada' }, account: 'ada@example.org' }]
const resource = 'https://hub.example.org/mcp'

test('an issuer whose keys can be read is in order', async () => {
  const issuer = await issuerWith([{ kty: 'RSA' }, { kty: 'oct' }])
  expect(await findings({ resource, issuers: [{ issuer, jwksUrl: issuer, logins }] })).toEqual([
    { check: 'oauth', state: 'ok', says: `${issuer} offers 1 keys.` },
  ])
})

test.each([
  ['without a login', [{ kty: 'RSA' }], [], 'has no login'],
  ['without keys', [], logins, 'offers no public key'],
  ['with something else than keys', 'none', logins, 'its key set has no keys'],
])('an issuer %s is wrong', async (_, keys, given, says) => {
  const issuer = await issuerWith(keys)
  const [finding] = await findings({
    resource,
    issuers: [{ issuer, jwksUrl: issuer, logins: given }],
  })
  expect(finding).toMatchObject({ state: 'wrong', fix: expect.any(String) })
  expect(finding?.says).toContain(says)
})

test('an issuer that does not answer is wrong, and a missing address of the hub is a note', async () => {
  const issuer = 'http://127.0.0.1:1'
  expect(await findings({ issuers: [{ issuer, logins }] })).toMatchObject([
    { state: 'wrong', says: expect.stringContaining('cannot be read') },
    { state: 'note', fix: expect.stringContaining('mcpOauth.resource') },
  ])
})

test('without an issuer or a config there is nothing to say', async () => {
  expect(await findings({})).toEqual([])
  expect(await checkOauth({ path: '/no/such/mcp.json' })).toEqual([])
})
