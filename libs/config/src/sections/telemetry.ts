import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { section } from '../field.ts'

export const TelemetryConfig = section('What a process says of itself.', {
  metrics: Type.Boolean({ default: true, description: 'Offer `/metrics`; else it is 404.' }),
})
export type TelemetryConfig = Static<typeof TelemetryConfig>
