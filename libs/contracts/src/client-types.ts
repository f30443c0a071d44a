import { namedPattern } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static, TObject } from '@alkdev/typebox'
import { SPOKE_NAME_PATTERN } from './names.ts'
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
  pattern: namedPattern(
    `${HTTP_ORIGIN}(?:/[^\\s?#\\\\]*)?(?:\\?[^\\s#]*)?$`,
    'must be a URL that begins with https:// or http://, without a user, a password and a fragment',
  ),
  maxLength: 2048,
})
/** What paths are put behind, so it has neither a query nor a fragment: those would swallow them. */
const BaseUrl = Type.String({
  pattern: namedPattern(
    `${HTTP_ORIGIN}(?:/[^\\s?#\\\\]*)?$`,
    'must be a URL that begins with https:// or http://, without a user, a password, a query and a fragment',
  ),
  maxLength: 2048,
})
/** A token as in RFC 9110. */
const HEADER_NAME = namedPattern(
  "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$",
  'must be the name of an HTTP header, 128 characters at most',
)
/** Visible text with blanks in it; a line break would begin another header. */
const HEADER_VALUE = namedPattern(
  '^[\\t\\x20-\\x7e\\x80-\\xff]*$',
  'must be text that an HTTP header can hold: one line, without characters outside of Latin-1',
)
const HeaderValue = Type.String({ pattern: HEADER_VALUE, maxLength: 4096 })
const Headers = Type.Record(Type.String({ pattern: HEADER_NAME }), HeaderValue, {
  ...closed,
  maxProperties: 64,
  description:
    'Sent with each request. Nothing secret: the secret is stored encrypted, this is not. Headers that steer a request, such as `host` and `authorization`, are refused.',
})
const TimeoutMs = Type.Integer({ minimum: 100, maximum: 600_000, description: 'Milliseconds.' })

/** The protocols of model requests: the wire formats of `/v1/chat/completions` and so on. */
export const MODEL_PROTOCOLS = [
  'chat',
  'completions',
  'embeddings',
  'responses',
  'messages',
] as const
export type ModelProtocol = (typeof MODEL_PROTOCOLS)[number]

/** The name under which the operator offers a package of the AI SDK. */
export const SDK_PACKAGE_PATTERN = namedPattern(
  '^[a-z0-9][a-z0-9-]{0,63}$',
  'must be lower-case letters, digits and hyphens, 64 at most, with a letter or digit first',
)

/** A path without dots as segments, query and fragment: it must stay below the base URL. */
const RELATIVE_PATH = namedPattern(
  '^[a-z0-9][a-z0-9_-]*(?:/[a-z0-9][a-z0-9_-]*)*(?:/\\*)?$',
  'must be a path without a slash at its ends, for instance `files` or `files/*`',
)

/** A provider of models. The secrets are its API keys. */
export const LlmProviderConfig = Type.Object(
  {
    baseUrl: BaseUrl,
    protocol: Type.Optional(
      Type.Union(
        [
          Type.Literal('openai'),
          Type.Literal('anthropic'),
          Type.Literal('google'),
          Type.Literal('package'),
        ],
        {
          description:
            '`openai` when absent. `google`: the Gemini API in its own format. `package`: whatever a package of the AI SDK writes, which the operator installed.',
        },
      ),
    ),
    package: Type.Optional(
      Type.String({
        pattern: SDK_PACKAGE_PATTERN,
        description:
          'For the protocol `package`: the name of the package in `inference.packages` of the inference proxy.',
      }),
    ),
    models: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
        maxItems: 1000,
        description: 'Models offered; when absent the provider is asked.',
      }),
    ),
    endpoints: Type.Optional(
      Type.Array(Type.Union(MODEL_PROTOCOLS.map((name) => Type.Literal(name))), {
        maxItems: MODEL_PROTOCOLS.length,
        uniqueItems: true,
        description:
          'Protocols that it serves. Default: `messages` for the protocol `anthropic`, all others for `openai`.',
      }),
    ),
    paths: Type.Optional(
      Type.Array(Type.String({ pattern: RELATIVE_PATH, maxLength: 128 }), {
        maxItems: 64,
        description:
          'Further paths below `baseUrl` that may be requested through `/v1`, for instance `moderations`, `images/*`, `files` and `files/*`. `*` at the end stands for any path. Default: none. Any account that may use the provider sees all that is stored at these paths.',
      }),
    ),
    forwardHeaders: Type.Optional(
      Type.Array(Type.String({ pattern: HEADER_NAME }), {
        maxItems: 32,
        description:
          'Further headers of a request that are passed on to it. Headers with keys and those that steer a request are refused.',
      }),
    ),
    keyWeights: Type.Optional(
      Type.Record(
        Type.String({ pattern: SPOKE_NAME_PATTERN }),
        Type.Integer({ minimum: 0, maximum: 1000 }),
        {
          ...closed,
          maxProperties: 32,
          description:
            'Share of the requests that each API key gets, by its name; `secret` is the key of `secret`. Default: 1 each. 0: only when no other key works.',
        },
      ),
    ),
    headers: Type.Optional(Headers),
    timeoutMs: Type.Optional(TimeoutMs),
    repairToolCalls: Type.Optional(
      Type.Boolean({
        description:
          'Repairs the indices of tool calls in streams of chat completions, for a provider that repeats or omits them.',
      }),
    ),
    outputLimitField: Type.Optional(
      Type.Union([Type.Literal('max_tokens'), Type.Literal('max_completion_tokens')], {
        description:
          'The member of a chat completion with which the hub limits the output of a request that sets no limit. Default: `max_tokens`; `max_completion_tokens` for api.openai.com, whose newer models refuse the other one.',
      }),
    ),
    drainOnDisconnect: Type.Optional(
      Type.Boolean({
        description:
          'For a provider that charges the whole answer although the client leaves: the hub reads it to its end, within limits of time, bytes and number, and records the usage that the provider reports. Default: false, the request is cancelled.',
      }),
    ),
    cacheSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 604_800,
        description:
          'Time for which the answer to a deterministic request (`temperature` 0) is kept. The same request of the same account gets it again, with the header `x-alkhub-cache: hit`. Default: answers are not kept.',
      }),
    ),
    streamUsage: Type.Optional(
      Type.Boolean({
        description:
          'False: the provider is not asked for the usage of streams (`stream_options.include_usage`). A provider that refuses the question is asked no more either way.',
      }),
    ),
  },
  closed,
)
export type LlmProviderConfig = Static<typeof LlmProviderConfig>

const Auth = Type.Object(
  {
    header: Type.String({ pattern: HEADER_NAME }),
    prefix: Type.Optional(Type.String({ pattern: HEADER_VALUE, maxLength: 64 })),
  },
  {
    ...closed,
    description: 'The header that carries the secret. Default: `authorization`, as a bearer token.',
  },
)

/** OAuth 2 client credentials (RFC 6749, section 4.4). The secret is that of the OAuth client. */
export const OauthConfig = Type.Object(
  {
    tokenUrl: HttpUrl,
    clientId: Type.String({ minLength: 1, maxLength: 1024 }),
    scope: Type.Optional(Type.String({ minLength: 1, maxLength: 2048 })),
    audience: Type.Optional(Type.String({ minLength: 1, maxLength: 2048 })),
  },
  {
    ...closed,
    description: 'The hub gets a token with client credentials, and a new one before it expires.',
  },
)
export type OauthConfig = Static<typeof OauthConfig>

const patterns = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 200, description })

/** What both kinds of services have whose tools or paths become operations. */
const offers = {
  scopes: Type.Optional(
    Type.Array(
      Type.String({
        pattern: namedPattern(
          '^[^\\s\\u0000-\\u001f]{1,128}$',
          'must be 1 to 128 characters without blanks',
        ),
      }),
      {
        maxItems: 32,
        description: 'Scopes that a caller needs for each of its operations. Default: none.',
      },
    ),
  ),
  include: Type.Optional(
    patterns(
      'Only these tools become operations: their names at the service, `*` stands for any text. Default: all.',
    ),
  ),
  exclude: Type.Optional(patterns('These tools do not become operations.')),
  pinned: Type.Optional(
    Type.Boolean({
      description:
        'A changed description or schema, and a new tool, is held back until `clients.accept`.',
    }),
  ),
  oauth: Type.Optional(OauthConfig),
  auth: Type.Optional(Auth),
}

/** A service described by an OpenAPI document: one at an address, or `document` as its text. */
export const OpenapiConfig = Type.Object(
  {
    documentUrl: Type.Optional(HttpUrl),
    document: Type.Optional(
      Type.String({
        minLength: 2,
        maxLength: 900_000,
        description: 'The document itself, as JSON or YAML. Lists do not show it.',
      }),
    ),
    baseUrl: BaseUrl,
    headers: Type.Optional(Headers),
    timeoutMs: Type.Optional(TimeoutMs),
    ...offers,
  },
  closed,
)
export type OpenapiConfig = Static<typeof OpenapiConfig>

/** An outside MCP server, over Streamable HTTP. The secret is sent as a bearer token unless `auth` or `oauth` is given. */
export const McpServerConfig = Type.Object(
  { url: HttpUrl, headers: Type.Optional(Headers), timeoutMs: Type.Optional(TimeoutMs), ...offers },
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
  Type.String({
    pattern: namedPattern(
      '^[^\\u0000]{1,128}$',
      'must be a name of 1 to 128 characters without NUL',
    ),
  }),
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
