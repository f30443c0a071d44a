import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { count, ms, section, text } from '../field.ts'

export const SessionsConfig = section('Agent sessions and what is watched in them.', {
  defaultModel: Type.Optional(
    text('Model of sessions that name none, `provider/model` or an alias.'),
  ),
  maxConcurrentTurns: count(16, 'Turns that one coordinator works on at a time.', 1, 10_000),
  maxStepsPerTurn: count(50, 'Model calls in one turn.', 1, 1000),
  turnTimeoutMs: ms(1_800_000, 'Time for one turn.'),
  stallMs: ms(60_000, 'Silence of a busy session that counts as a stall.', 1000),
  checkIntervalMs: ms(30_000, 'Time between looks for anomalies.', 100),
  toolErrorThreshold: count(5, 'Failed tool calls of a session that are reported.', 1),
  malformedToolThreshold: count(1, 'Malformed tool calls of a session that are reported.', 1),
})
export type SessionsConfig = Static<typeof SessionsConfig>
