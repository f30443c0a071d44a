import { expect, test } from 'vitest'
import { mcpOauthFailures } from './mcp-oauth.ts'
import type { McpIssuer, McpOauthConfig } from './mcp-oauth.ts'

const login = { claims: { sub: 'ada' }, account: 'ada@example.org', key: 'oauth' }
const issuer: McpIssuer = {
  issuer: 'https://login.example.org',
  algorithms: ['RS256'],
  audiences: [],
  clockSkewMs: 0,
  limitByScope: true,
  scopes: [],
  logins: [login],
}
const pathsOf = (config: Partial<McpOauthConfig>): string[] =>
  mcpOauthFailures({ issuers: [], ...config }).map(({ path }) => path)

test('an issuer with an address and a login is in order', () => {
  expect(pathsOf({ resource: 'https://hub.example.org/mcp', issuers: [issuer] })).toEqual([])
})

test.each<[string, Partial<McpOauthConfig>, string]>([
  ['a resource without a scheme', { resource: 'hub/mcp' }, 'mcpOauth.resource'],
  ['a resource with a fragment', { resource: 'https://hub/mcp#x' }, 'mcpOauth.resource'],
  [
    'an issuer that is not a URL',
    { issuers: [{ ...issuer, issuer: 'login' }] },
    'mcpOauth.issuers.0.issuer',
  ],
  [
    'keys at a file',
    { issuers: [{ ...issuer, jwksUrl: 'file:///keys' }] },
    'mcpOauth.issuers.0.jwksUrl',
  ],
  ['an issuer twice', { issuers: [issuer, issuer] }, 'mcpOauth.issuers.1.issuer'],
  [
    'a login without an account',
    { issuers: [{ ...issuer, logins: [{ claims: { sub: 'a' }, key: 'oauth' }] }] },
    'mcpOauth.issuers.0.logins.0',
  ],
  [
    'a login with two accounts',
    { issuers: [{ ...issuer, logins: [{ ...login, accountClaim: 'email' }] }] },
    'mcpOauth.issuers.0.logins.0',
  ],
])('%s is a failure', (_, config, path) => {
  expect(pathsOf(config)).toEqual([path])
})
