import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, page, pageInput, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { MODEL_PROTOCOLS } from '../client-types.ts'
import { ClientName, ClientSecret } from './clients.ts'
import { mutation, notFound, query } from './define.ts'

export const InferenceModelsInput = Type.Object({}, closed)

const Usd = Type.Optional(Type.Number({ minimum: 0 }))

/** US dollars per million tokens, of the lowest tier. */
export const ModelPrices = Type.Object(
  {
    input: Usd,
    cacheRead: Usd,
    cacheWrite5m: Usd,
    cacheWrite1h: Usd,
    output: Usd,
    reasoning: Usd,
    audioInput: Usd,
    audioOutput: Usd,
  },
  { description: 'US dollars per million tokens, of the lowest tier. Absent: unknown.' },
)
export type ModelPrices = Static<typeof ModelPrices>

/** The protocol in which conversations with a model lose nothing. */
export const ModelDialect = oneOf(['chat', 'responses', 'messages'])
export type ModelDialect = Static<typeof ModelDialect>

export const InferenceModel = Type.Object({
  id: Type.String({ description: '`provider/model`, as `/v1` takes it.' }),
  provider: Type.String(),
  model: Type.String(),
  dialect: Type.Optional(ModelDialect),
  created: Type.Optional(
    Type.Integer({ description: 'Seconds since 1970, as the provider says.' }),
  ),
  name: Type.Optional(Type.String({ description: 'For people.' })),
  contextWindow: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Tokens of input and output together.' }),
  ),
  maxOutputTokens: Type.Optional(Type.Integer({ minimum: 1 })),
  inputModalities: Type.Optional(Type.Array(Type.String())),
  outputModalities: Type.Optional(Type.Array(Type.String())),
  prices: Type.Optional(ModelPrices),
})
export type InferenceModel = Static<typeof InferenceModel>

export const InferenceModelsOutput = Type.Object({ items: Type.Array(InferenceModel) })
export type InferenceModelsOutput = Static<typeof InferenceModelsOutput>

export const InferenceExplainInput = Type.Object(
  {
    model: Type.String({
      minLength: 1,
      maxLength: 512,
      description: '`provider/model` or an alias.',
    }),
    endpoint: Type.Optional(oneOf(MODEL_PROTOCOLS)),
    body: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'The body of the request, for its size, its limit of output and its session.',
      }),
    ),
    session: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  },
  closed,
)
export type InferenceExplainInput = Static<typeof InferenceExplainInput>

export const ExplainedTarget = Type.Object({
  target: Type.String({ description: '`provider/model`.' }),
  key: Type.Optional(Type.String({ description: 'Name of the API key.' })),
  state: oneOf(['ready', 'open', 'benched', 'broken', 'unsuitable'], {
    description:
      '`open`: its circuit breaker refuses requests. `benched`: the provider refused the key. `unsuitable`: it does not serve the endpoint.',
  }),
  reason: Type.Optional(Type.String()),
  retryAfterMs: Type.Optional(Type.Integer({ minimum: 0 })),
  dialect: Type.Optional(ModelDialect),
  contextWindow: Type.Optional(Type.Integer({ minimum: 1 })),
  worstCostMicros: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
    description: 'Millionths of a US dollar; null when the price is unknown.',
  }),
})
export type ExplainedTarget = Static<typeof ExplainedTarget>

export const InferenceExplainOutput = Type.Object({
  targets: Type.Array(ExplainedTarget, { description: 'In the order in which they are tried.' }),
  sticky: Type.Boolean({ description: 'Requests of the same session go to the same target.' }),
  worstTokens: Type.Integer({ minimum: 0 }),
  worstCostMicros: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
  priceVersion: Type.String(),
})
export type InferenceExplainOutput = Static<typeof InferenceExplainOutput>

export const InferenceProvidersInput = Type.Object({}, closed)

/** How long a provider takes, in milliseconds. */
export const ProviderLatency = Type.Object(
  {
    requests: Type.Integer({ minimum: 1, description: 'Requests that the figures are of.' }),
    p50Ms: Type.Number({ minimum: 0, description: 'Half of them had their whole answer by then.' }),
    p95Ms: Type.Number({ minimum: 0, description: '95 % of them had their whole answer by then.' }),
    firstTokenP50Ms: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'Until the first token of a stream. Absent without streams.',
      }),
    ),
    firstTokenP95Ms: Type.Optional(Type.Number({ minimum: 0 })),
  },
  {
    description:
      'Over the requests of all accounts in the last hour that ended well, of the newest 5,000 calls of all providers. Absent when there was none.',
  },
)
export type ProviderLatency = Static<typeof ProviderLatency>

/** What the answering process knows of a provider from its requests, and how long it took. */
export const ProviderState = Type.Object({
  name: ClientName,
  broken: Type.Optional(Type.String({ description: 'Why it cannot be used.' })),
  refusedKeys: Type.Array(
    Type.Object({
      key: Type.String(),
      reason: Type.String(),
      retryAfterMs: Type.Integer({ minimum: 0 }),
    }),
    { description: 'API keys that it refused.' },
  ),
  openTargets: Type.Array(
    Type.Object({ model: Type.String(), retryAfterMs: Type.Integer({ minimum: 0 }) }),
    { description: 'Models that failed several times in a row and get no requests now.' },
  ),
  latency: Type.Optional(ProviderLatency),
})
export type ProviderState = Static<typeof ProviderState>

export const InferenceProvidersOutput = Type.Object({ items: Type.Array(ProviderState) })
export type InferenceProvidersOutput = Static<typeof InferenceProvidersOutput>

export const InferenceTestProviderInput = Type.Object(
  {
    name: Type.Optional(ClientName),
    config: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'As for `clients.create`, instead of `name`.',
      }),
    ),
    secret: Type.Optional(ClientSecret),
    model: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description:
          'A model that is asked for one token. Default: only the list of models is read.',
      }),
    ),
  },
  closed,
)
export type InferenceTestProviderInput = Static<typeof InferenceTestProviderInput>

export const ProviderTrial = Type.Object({
  ok: Type.Boolean(),
  keys: Type.Array(
    Type.Object({
      key: Type.String({ description: 'Name of the API key; empty for a provider without one.' }),
      ok: Type.Boolean(),
      durationMs: Type.Integer({ minimum: 0 }),
      status: Type.Optional(Type.Integer({ description: 'HTTP status of the provider.' })),
      error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
    }),
  ),
  models: Type.Array(Type.String(), { description: 'The first 50 that it lists.' }),
  listed: Type.Integer({ minimum: 0, description: 'How many it lists.' }),
})
export type ProviderTrial = Static<typeof ProviderTrial>

const Instant = (description: string) =>
  Type.Optional(Type.String({ format: 'date-time', description }))

export const InferenceUsageInput = Type.Object(
  {
    by: oneOf(['day', 'model', 'account', 'session', 'run', 'key', 'call'], {
      description: '`call`: each call by its id, for instance the steps of a session.',
    }),
    from: Instant('Calls that began at or after this time. Default: 30 days before `before`.'),
    before: Instant('Calls that began before this time. Default: now.'),
    accountId: Type.Optional(Uuid),
    orgId: Type.Optional(Type.String({ format: 'uuid', description: 'Calls of its members.' })),
    all: Type.Optional(Type.Boolean({ description: 'Calls of all accounts.' })),
    model: Type.Optional(
      Type.String({ minLength: 1, maxLength: 512, description: '`provider/model`.' }),
    ),
    keyId: Type.Optional(Uuid),
    sessionId: Type.Optional(Uuid),
    runId: Type.Optional(
      Type.String({ format: 'uuid', description: 'Calls of the turns of one run of a workflow.' }),
    ),
    ...pageInput,
  },
  closed,
)
export type InferenceUsageInput = Static<typeof InferenceUsageInput>

const Count = Type.Integer({ minimum: 0 })

/** What the calls of one group used and cost. */
export const InferenceUsageItem = Type.Object({
  group: Type.String({
    description:
      'The day (UTC), `provider/model`, account, session, run, key or call; empty for calls without session, run or key.',
  }),
  calls: Count,
  failed: Type.Integer({ minimum: 0, description: 'Calls that did not end well.' }),
  estimated: Type.Integer({ minimum: 0, description: 'Calls whose tokens are estimated.' }),
  unpriced: Type.Integer({
    minimum: 0,
    description: 'Calls without a known price. They are not part of the cost.',
  }),
  inputTokens: Type.Integer({ minimum: 0, description: 'All classes of input together.' }),
  outputTokens: Type.Integer({ minimum: 0, description: 'All classes of output together.' }),
  tokens: Type.Object(
    {
      input: Count,
      cacheRead: Count,
      cacheWrite5m: Count,
      cacheWrite1h: Count,
      output: Count,
      reasoning: Count,
      audioInput: Count,
      audioOutput: Count,
    },
    { description: 'In disjoint classes: each token is counted once.' },
  ),
  costMicros: Type.Integer({ minimum: 0, description: 'Millionths of a US dollar.' }),
})
export type InferenceUsageItem = Static<typeof InferenceUsageItem>

export const InferenceUsageOutput = page(InferenceUsageItem)
export type InferenceUsageOutput = Static<typeof InferenceUsageOutput>

export const inferenceOperations: readonly ServiceOperation[] = [
  {
    service: 'inference-proxy',
    spec: query('inference.models', {
      title: 'List models',
      description: 'The models that the caller may use through `/v1`.',
      input: InferenceModelsInput,
      output: InferenceModelsOutput,
      scopes: [SCOPES.INFERENCE_USE],
    }),
  },
  {
    service: 'inference-proxy',
    spec: query('inference.explain', {
      title: 'Where a request would go',
      description:
        'The targets of a model in the order in which they are tried, their states, and what the request would reserve at most. Sends nothing to a provider.',
      input: InferenceExplainInput,
      output: InferenceExplainOutput,
      scopes: [SCOPES.INFERENCE_USE],
      errors: notFound('MODEL_NOT_FOUND', 'model'),
    }),
  },
  {
    service: 'inference-proxy',
    spec: query('inference.providers', {
      title: 'States of model providers',
      description:
        'The providers that the caller may use, with the API keys that they refused and the models that get no requests now, as the process that answers knows them, and how long each took in the last hour.',
      input: InferenceProvidersInput,
      output: InferenceProvidersOutput,
      scopes: [SCOPES.INFERENCE_USE],
    }),
  },
  {
    service: 'inference-proxy',
    spec: mutation('inference.testProvider', {
      title: 'Try a model provider',
      description:
        'Reads the list of models of a provider with each of its API keys, and asks `model` for one token if it is given. For one that is stored (`name`), or one that is not yet (`config`). Stores nothing.',
      input: InferenceTestProviderInput,
      output: ProviderTrial,
      scopes: [SCOPES.CLIENTS_WRITE],
      errors: notFound('CLIENT_NOT_FOUND', 'client'),
      hints: { idempotent: true },
    }),
  },
  {
    service: 'inference-proxy',
    spec: query('inference.usage', {
      title: 'What models used and cost',
      description:
        'Adds up calls of models that have ended, by day, model, account, session, run of a workflow, key or one by one. Without `accountId`, `orgId` and `all`: those of the own account. `orgId` is for its owners and admins; `accountId` of another account and `all` are for admins. Give one of the three at most.',
      input: InferenceUsageInput,
      output: InferenceUsageOutput,
      scopes: [SCOPES.USAGE_READ],
      errors: notFound('ORG_NOT_FOUND', 'organization'),
    }),
  },
]
