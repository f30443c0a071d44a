import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { ms, secretText, section, text } from '../field.ts'

export const TelemetryConfig = section('Metrics and traces.', {
  metrics: Type.Boolean({ default: true, description: 'Offer `/metrics`.' }),
  otlpUrl: Type.Optional(text('OTLP/HTTP endpoint for traces. Absent: none are sent.')),
  otlpHeaders: Type.Optional(
    Type.Record(Type.String(), secretText('Value of the header.'), {
      description: 'Sent to `otlpUrl`.',
    }),
  ),
  sampleRatio: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0.1,
    description: 'Share of calls that are traced.',
  }),
  exportIntervalMs: ms(5000, 'Time between two sendings.', 100),
})
export type TelemetryConfig = Static<typeof TelemetryConfig>
