import type { CallHeader, CallRecord } from '@alkdev/contracts'
import { uuidv7 } from '@alkdev/std'

/** A record with defaults for the members that a test does not set; the members of its header can be read from it directly. */
export function testRecord(
  more: Partial<CallRecord> & Partial<CallHeader> = {},
): CallRecord & CallHeader {
  const { callId, operationId, principal, actor, input, metadata, ...others } = more
  const { parentCallId, traceparent, idempotencyKey, ...rest } = others
  const header: CallHeader = {
    callId: callId ?? uuidv7(),
    operationId: operationId ?? 'dev.laptop.fs.read',
    principal: principal ?? { id: uuidv7(), scopes: ['fs:read'] },
    actor: actor ?? { kind: 'service', name: 'gateway', instanceId: 'i' },
    input: input ?? { path: 'README.md' },
    depth: 0,
    parentCallId,
    traceparent,
    idempotencyKey,
    metadata,
  }
  return {
    ...header,
    header,
    status: 'completed',
    output: { data: 'text' },
    startedAtMs: Date.now() - 20,
    endedAtMs: Date.now(),
    attempts: 1,
    ...rest,
  }
}

/** A call id of a time, in milliseconds since the epoch; the last digits are those of a random id. */
export function callIdAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${uuidv7().slice(15)}`
}
