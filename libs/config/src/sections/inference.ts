import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { count, ms, section, text } from '../field.ts'

export const InferenceConfig = section('Requests to model providers.', {
  aliases: Type.Record(
    Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$' }),
    Type.Array(text('`provider/model`'), { minItems: 1, maxItems: 20 }),
    { default: {}, description: 'Model name -> targets `provider/model`, tried in order.' },
  ),
  connectTimeoutMs: ms(10_000, 'Time to reach a provider.'),
  firstByteTimeoutMs: ms(120_000, 'Time until a provider begins to answer.'),
  streamIdleTimeoutMs: ms(120_000, 'Silence after which a stream is given up.'),
  requestTimeoutMs: ms(600_000, 'Time for a whole request.'),
  maxAttempts: count(3, 'Tries over all targets, the first included.', 1, 20),
  maxRetryAfterMs: ms(
    10_000,
    'Longest `Retry-After` of a provider that is waited for instead of failing over.',
    0,
  ),
  maxInFlightPerProvider: count(
    256,
    'Requests to one provider at a time in one process.',
    1,
    100_000,
  ),
  usageFlushMs: ms(1000, 'Longest time usage records wait before they are written.', 10, 60_000),
})
export type InferenceConfig = Static<typeof InferenceConfig>
