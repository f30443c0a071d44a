import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { section } from '../field.ts'

export const TelemetryConfig = section('Metrics of the process.', {
  metrics: Type.Boolean({
    default: true,
    description: 'Serve `/metrics`; otherwise it answers 404.',
  }),
})
export type TelemetryConfig = Static<typeof TelemetryConfig>
