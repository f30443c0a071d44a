import type { Identity } from '@alkdev/operations'
import type { CallActor, CallFailure } from '../schema/call-graph/call-graph-nodes.ts'

/** A call that has ended, as the process that started its clock knows it. The bus has the same shape. */
export interface CallRecord {
  readonly callId: string
  /** What the caller called it. */
  readonly operationId: string
  readonly parentCallId?: string
  readonly principal: Identity
  readonly actor: CallActor
  readonly status: 'completed' | 'failed' | 'aborted'
  readonly code?: string
  readonly error?: CallFailure
  readonly input: unknown
  readonly output?: unknown
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly attempts: number
  readonly spokeId?: string
  readonly instanceId?: string
  readonly route?: string
  readonly items?: number
  readonly receipt?: 'honoured' | 'ignored' | 'too-late'
  readonly local?: true
  readonly orphaned?: true
  readonly idempotencyKey?: string
  readonly traceparent?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly timing?: {
    readonly routeMs: number
    readonly queueMs: number
    readonly executeMs: number
    readonly totalMs: number
  }
}
