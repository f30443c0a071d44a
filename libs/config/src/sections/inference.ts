import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { count, ms, section, text } from '../field.ts'

export const InferenceConfig = section('Requests to model providers.', {
  aliases: Type.Record(
    Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$' }),
    Type.Array(text('`provider/model`'), { minItems: 1, maxItems: 20 }),
    {
      default: {},
      description: 'Model name -> targets `provider/model`, tried in order (see `maxAttempts`).',
    },
  ),
  connectTimeoutMs: ms(10_000, 'Time to reach a provider.'),
  firstByteTimeoutMs: ms(120_000, 'Time until a provider begins to answer.'),
  streamIdleTimeoutMs: ms(120_000, 'Time without data after which a stream is ended.'),
  requestTimeoutMs: ms(
    600_000,
    'Time for a whole request without streaming. A stream may take longer while it sends data.',
  ),
  maxAttempts: count(
    3,
    'Number of targets of an alias that are tried for one request. The next one is tried when nothing has reached the client yet and the last one could not be reached, was at capacity, refused its key, or answered 429 or 5xx.',
    1,
    20,
  ),
  maxInFlightPerKey: count(
    64,
    'Requests of one key of the hub at a time in one process; further ones are refused with 429.',
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
