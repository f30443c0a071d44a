import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { Uuid } from './schemas.ts'

/** The purpose of the tokens with which the coordinator calls models for sessions (`signToken`), and their time in milliseconds. */
export const MODEL_CALL_PURPOSE = 'model-call'
export const MODEL_CALL_TTL_MS = 60_000

/** What such a token says: with whose rights a model is called, for what, and under which call id, once. */
export const ModelCallToken = Type.Object({
  grantId: Uuid,
  sessionId: Uuid,
  turnId: Uuid,
  stepId: Uuid,
  callId: Uuid,
  /** The run of a workflow that the turn belongs to. */
  runId: Type.Optional(Uuid),
})
export type ModelCallToken = Static<typeof ModelCallToken>
