import { Type } from '@alkdev/typebox'
import type { Static, TObject } from '@alkdev/typebox'
import { closed } from './schemas.ts'

/** Kinds of outside services that the hub talks to on its users' behalf. */
export const CLIENT_TYPES = [
  'llm-provider',
  'openapi',
  'mcp-server',
  'vcs',
  'compute',
  'custom',
] as const
export type ClientType = (typeof CLIENT_TYPES)[number]

/** A host, perhaps a port. Without a user and a password: a config is stored in clear. */
const HTTP_ORIGIN = '^https?://(?:\\[[0-9A-Fa-f:.]+\\]|[^\\s/?#@:\\[\\]\\\\]+)(?::[0-9]{1,5})?'
/** The address of one document or endpoint. */
const HttpUrl = Type.String({
  pattern: `${HTTP_ORIGIN}(?:/[^\\s?#\\\\]*)?(?:\\?[^\\s#]*)?$`,
  maxLength: 2048,
})
/** What paths are put behind, so it has neither a query nor a fragment: those would swallow them. */
const BaseUrl = Type.String({ pattern: `${HTTP_ORIGIN}(?:/[^\\s?#\\\\]*)?$`, maxLength: 2048 })
/** A token as in RFC 9110. */
const HEADER_NAME = "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$"
/** Visible text with blanks in it; a line break would begin another header. */
const HeaderValue = Type.String({ pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$', maxLength: 4096 })
const Headers = Type.Record(Type.String({ pattern: HEADER_NAME }), HeaderValue, {
  ...closed,
  maxProperties: 64,
  description:
    'Sent with each request. Nothing secret: the secret is stored encrypted, this is not. Headers that steer a request, such as `host` and `authorization`, are refused.',
})
const TimeoutMs = Type.Integer({ minimum: 100, maximum: 600_000, description: 'Milliseconds.' })

/** A provider of models. The secret is its API key. */
export const LlmProviderConfig = Type.Object(
  {
    baseUrl: BaseUrl,
    protocol: Type.Optional(
      Type.Union([Type.Literal('openai'), Type.Literal('anthropic')], {
        description: '`openai` when absent.',
      }),
    ),
    models: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
        maxItems: 1000,
        description: 'Models offered; when absent the provider is asked.',
      }),
    ),
    headers: Type.Optional(Headers),
    timeoutMs: Type.Optional(TimeoutMs),
  },
  closed,
)
export type LlmProviderConfig = Static<typeof LlmProviderConfig>

/** A service described by an OpenAPI document. `auth` defines how the secret is sent. */
export const OpenapiConfig = Type.Object(
  {
    documentUrl: Type.Optional(HttpUrl),
    baseUrl: BaseUrl,
    headers: Type.Optional(Headers),
    auth: Type.Optional(
      Type.Object(
        {
          header: Type.String({ pattern: HEADER_NAME }),
          prefix: Type.Optional(
            Type.String({ pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$', maxLength: 64 }),
          ),
        },
        closed,
      ),
    ),
    timeoutMs: Type.Optional(TimeoutMs),
  },
  closed,
)
export type OpenapiConfig = Static<typeof OpenapiConfig>

/** An outside MCP server, over Streamable HTTP. The secret is sent as a bearer token. */
export const McpServerConfig = Type.Object(
  { url: HttpUrl, headers: Type.Optional(Headers), timeoutMs: Type.Optional(TimeoutMs) },
  closed,
)
export type McpServerConfig = Static<typeof McpServerConfig>

/** A forge. The secret is its token. */
export const VcsConfig = Type.Object(
  {
    baseUrl: BaseUrl,
    kind: Type.Union([Type.Literal('gitea'), Type.Literal('github'), Type.Literal('gitlab')]),
  },
  closed,
)
export type VcsConfig = Static<typeof VcsConfig>

/** A provider of machines. The secret is its API key. */
export const ComputeConfig = Type.Object(
  { baseUrl: BaseUrl, provider: Type.String({ minLength: 1, maxLength: 64 }) },
  closed,
)
export type ComputeConfig = Static<typeof ComputeConfig>

/** Anything else; its user knows the fields. */
export const CustomConfig = Type.Record(
  Type.String({ pattern: '^[^\\u0000]{1,128}$' }),
  Type.Unknown(),
  { ...closed, maxProperties: 1000 },
)
export type CustomConfig = Static<typeof CustomConfig>

/** The schema of `config` for each type of client. */
export const CLIENT_CONFIGS = {
  'llm-provider': LlmProviderConfig,
  openapi: OpenapiConfig,
  'mcp-server': McpServerConfig,
  vcs: VcsConfig,
  compute: ComputeConfig,
  custom: CustomConfig,
} as const satisfies Record<ClientType, TObject | typeof CustomConfig>
