import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import type { ConfigFailure } from '../failure.ts'
import { ms, section, text } from '../field.ts'

/** Signatures with a public key. Those with a shared secret, and tokens without one, are never accepted. */
const Algorithm = Type.Union(
  (['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'] as const).map(
    (name) => Type.Literal(name),
  ),
)

export const McpLogin = Type.Object(
  {
    claims: Type.Record(
      Type.String({ minLength: 1, maxLength: 256 }),
      Type.Union([Type.String({ maxLength: 1024 }), Type.Number(), Type.Boolean()]),
      {
        minProperties: 1,
        maxProperties: 20,
        description:
          'What the token must say: each claim has this value, or is a list that contains it.',
      },
    ),
    account: Type.Optional(text('E-mail address of the account.')),
    accountClaim: Type.Optional(
      text(
        'Instead of `account`: the claim with its e-mail address. `email` counts only with `email_verified`.',
      ),
    ),
    key: text('Name of the API key of the account whose rights the token has at most.', 'oauth'),
  },
  { additionalProperties: false },
)
export type McpLogin = Static<typeof McpLogin>

export const McpIssuer = Type.Object(
  {
    issuer: text('The issuer, exactly as its tokens name it. Its address may be a private one.'),
    jwksUrl: Type.Optional(
      text('Address of its public keys. Default: the one that its metadata names.'),
    ),
    algorithms: Type.Array(Algorithm, {
      minItems: 1,
      maxItems: 9,
      default: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      description: 'Accepted signatures.',
    }),
    audiences: Type.Array(text('An audience.'), {
      maxItems: 20,
      default: [],
      description:
        'Audiences that are accepted besides the resource, for an issuer that names its services otherwise.',
    }),
    clockSkewMs: ms(
      30_000,
      'Tolerated difference between its clock and that of the hub.',
      0,
      300_000,
    ),
    limitByScope: Type.Boolean({
      default: true,
      description:
        'The rights are those of the key that the scopes of the token name too. False for an issuer that does not know the scopes of the hub.',
    }),
    scopes: Type.Array(Type.String({ pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,256}$' }), {
      maxItems: 100,
      default: [],
      description: 'Scopes that the challenge names, so that clients request them.',
    }),
    logins: Type.Array(McpLogin, {
      maxItems: 1000,
      default: [],
      description:
        'Whose tokens are accepted, and for which account; the first that fits decides. A token that none fits is refused.',
    }),
  },
  { additionalProperties: false },
)
export type McpIssuer = Static<typeof McpIssuer>

export const McpOauthConfig = section('OAuth tokens for the MCP service, beside API keys.', {
  resource: Type.Optional(
    text(
      'The address of `/mcp` for clients, which tokens must name as their audience. Default: `/mcp` at `http.publicUrl`.',
    ),
  ),
  issuers: Type.Array(McpIssuer, {
    maxItems: 16,
    default: [],
    description: 'Authorization servers whose tokens are accepted. Without one, only API keys are.',
  }),
})
export type McpOauthConfig = Static<typeof McpOauthConfig>

/** What the schema can't say. */
export function mcpOauthFailures({ resource, issuers }: McpOauthConfig): ConfigFailure[] {
  const failures: ConfigFailure[] = []
  const wantUrl = (path: string, url: string | undefined): void => {
    const { protocol = '', hash, search } = (url === undefined ? null : URL.parse(url)) ?? {}
    if (url === undefined || (/^https?:$/.test(protocol) && hash === '' && search === '')) return
    const expected = 'expected a URL that begins with http:// or https://, without ? and #'
    failures.push({ path, expected })
  }
  wantUrl('mcpOauth.resource', resource)
  for (const [index, { issuer, jwksUrl, logins }] of issuers.entries()) {
    const path = `mcpOauth.issuers.${index}`
    wantUrl(`${path}.issuer`, issuer)
    if (jwksUrl !== undefined && !/^https?:$/.test(URL.parse(jwksUrl)?.protocol ?? ''))
      failures.push({ path: `${path}.jwksUrl`, expected: 'expected a URL' })
    if (issuers.findIndex((other) => other.issuer === issuer) !== index)
      failures.push({
        path: `${path}.issuer`,
        expected: 'expected an issuer that is not named before',
      })
    for (const [at, { account, accountClaim }] of logins.entries())
      if ((account === undefined) === (accountClaim === undefined))
        failures.push({
          path: `${path}.logins.${at}`,
          expected: 'expected either account or accountClaim',
        })
  }
  return failures
}
