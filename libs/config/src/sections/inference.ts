import { SDK_PACKAGE_PATTERN } from '@alkdev/contracts'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { count, ms, section, text } from '../field.ts'

export const InferenceConfig = section('Requests to model providers.', {
  aliases: Type.Record(
    Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$' }),
    Type.Array(
      Type.Union([
        text('`provider/model`'),
        Type.Object(
          {
            target: text('`provider/model`'),
            weight: count(1, 'Its share among the targets with a weight.', 1, 1000),
          },
          { additionalProperties: false },
        ),
      ]),
      { minItems: 1, maxItems: 20 },
    ),
    {
      default: {},
      description:
        'Model name -> targets `provider/model`, tried in order (see `maxAttempts`). Targets with a weight (`{target, weight}`) come first, in an order drawn by their weights; requests of one session keep theirs.',
    },
  ),
  packages: Type.Record(
    Type.String({ pattern: SDK_PACKAGE_PATTERN }),
    text('A package or a file.'),
    {
      default: {},
      description:
        'Name -> package of the AI SDK (`@ai-sdk/mistral`), or the URL of its file (`file:///opt/packages/mistral.js`), which the operator installed. A provider with the protocol `package` names it. With `#createX` behind it that export makes the provider; otherwise the only one whose name begins with `create`. The hub does not start while one of them is missing.',
    },
  ),
  pricesFile: Type.Optional(
    text(
      'File with prices of models, as JSON. They count before those of the catalog that comes with the hub.',
    ),
  ),
  hooks: Type.Array(
    Type.Object(
      {
        name: Type.String({
          pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
          description: 'Its name in errors and in the log.',
        }),
        operation: text('Id of the operation that is called.'),
        keyId: text(
          'Id of the API key in whose rights the operation is called. A call that is made with this key does not pass this hook.',
        ),
        phases: Type.Array(Type.Union([Type.Literal('before'), Type.Literal('after')]), {
          minItems: 1,
          maxItems: 2,
          uniqueItems: true,
          description:
            '`before`: it gets the texts of a request before it is sent; `after`: the texts of the answer before the client gets them.',
        }),
        failure: Type.Union([Type.Literal('failClosed'), Type.Literal('failOpen')], {
          description:
            'What happens when it fails or takes too long: `failClosed` ends the call with 503, `failOpen` lets the texts pass.',
        }),
        models: Type.Optional(
          Type.Array(text('The name of a model, or of an alias; `*` stands for any text.'), {
            minItems: 1,
            maxItems: 200,
            description:
              'Only calls of these models pass the hook, also those of an alias that leads to one of them. Default: all.',
          }),
        ),
        timeoutMs: Type.Optional(
          Type.Integer({
            minimum: 10,
            maximum: 60_000,
            description: 'Milliseconds for one call of the operation. Default: 5000.',
          }),
        ),
        windowCharacters: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 100_000,
            description:
              'Characters of a stream that are checked together. Default: 400. More means fewer calls and a stream that comes in larger pieces.',
          }),
        ),
        overlapCharacters: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 10_000,
            description:
              'Characters at the end of a window that wait for the next one: what is not longer is found wherever windows end. Default: 100.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
    {
      default: [],
      maxItems: 16,
      description:
        'Operations that check requests and answers of models: they tag a call, refuse it, or name texts that are redacted. Called in this order.',
    },
  ),
  failClosed: Type.Boolean({
    default: false,
    description:
      'What happens to calls with a limit per minute or a limit of calls in flight while Redis, which counts them, cannot be reached: true refuses them with 503, false lets them through. Budgets are counted in PostgreSQL, without which no call is served.',
  }),
  defaultMaxOutputTokens: count(
    16_384,
    'Output tokens that are reserved, and set as the limit of the request, for a call that a budget or a limit of tokens counts and that sets no limit itself. The `maxOutputTokens` of a budget counts before it.',
    1,
    10_000_000,
  ),
  recordContent: Type.Boolean({
    default: false,
    description:
      'Whether the call history keeps the prompts and the answers of calls of models, redacted and cut like every other payload. A caller that may read the call may read them, too.',
  }),
  callLeaseMs: ms(
    30_000,
    'Time after which a call whose proxy was lost is settled as an estimate. The proxy renews the lease of a call that takes longer.',
    1000,
    600_000,
  ),
  connectTimeoutMs: ms(10_000, 'Time to reach a provider.'),
  firstByteTimeoutMs: ms(120_000, 'Time until a provider begins to answer.'),
  streamIdleTimeoutMs: ms(120_000, 'Time without data after which a stream is ended.'),
  requestTimeoutMs: ms(
    600_000,
    'Time for a whole request without streaming. A stream may take longer while it sends data.',
  ),
  firstContentTimeoutMs: ms(
    180_000,
    'Time until a stream brings its first content, for all attempts together. The header `x-alkhub-first-content-ms` of a request shortens it.',
  ),
  streamMinBytesPerSecond: count(
    0,
    'Bytes of text a second that a stream must bring from its first content on, for `streamRateMs`. Until it has brought as many as that time allows, nothing of it goes to the client; a slower one is ended, and the next target is tried. 0: any stream goes out with its first content. The last target of a call is not measured.',
    0,
    1_000_000,
  ),
  streamRateMs: ms(
    5000,
    'Time from the first content of a stream for which its rate is measured. A call that has less time left for its first content does not measure.',
    10,
    600_000,
  ),
  streamPingMs: ms(
    15_000,
    'Time without a byte after which the client of a stream gets the comment `: ping`, so that proxies in between keep the connection open.',
    100,
  ),
  maxAttempts: count(
    3,
    'Requests to providers for one call. The next target, or the next key of the provider, is tried when no content has reached the client yet and the last one could not be reached, timed out, was at capacity, refused its key, closed the connection, or answered 408, 429 or 5xx. When all targets were tried, the first one is tried again after a pause.',
    1,
    20,
  ),
  retryDelayMs: ms(
    250,
    'Longest pause before the first repetition at the same target. It doubles with each repetition; the pause is a random part of it.',
    1,
    60_000,
  ),
  maxRetryAfterMs: ms(
    2000,
    'Longest pause before a repetition. A provider that asks for a longer one (`Retry-After`) is not asked again for this call.',
    0,
    60_000,
  ),
  keyBenchMs: ms(
    60_000,
    'Time for which an API key is used only when no other works, after the provider refused it.',
  ),
  breakerFailures: count(
    5,
    'Failures in a row (not reached, timed out, closed the connection, 5xx) after which a target gets no requests for `breakerOpenMs`. Then one request tries it. 0: never.',
    0,
    1000,
  ),
  breakerOpenMs: ms(15_000, 'Time for which a target that failed gets no requests.', 100, 600_000),
  responsePinMs: ms(
    604_800_000,
    'Time for which the proxy remembers which target and key made a response, so that requests with its id (`previous_response_id`) go there.',
    1000,
    2_592_000_000,
  ),
  maxInFlightPerKey: count(
    64,
    'Requests of one key of the hub at a time in one process; further ones are refused with 429. The requests of a session count by themselves, not with its key.',
    1,
    100_000,
  ),
  maxInFlightPerProvider: count(
    256,
    'Requests to one provider at a time in one process; further ones go to the next target of the alias, or are refused with 503.',
    1,
    100_000,
  ),
})
export type InferenceConfig = Static<typeof InferenceConfig>
