import type { Bus } from '@alkdev/bus'
import { SECRET_OUTPUT } from '@alkdev/contracts'
import type { CallsEnqueueInput } from '@alkdev/contracts'
import type { KeyedHash } from '@alkdev/crypto'
import { ACTING_KEYS, inputHashOf, operationNotFound } from '@alkdev/service'
import type { ServiceConfig } from '@alkdev/config'
import {
  CallError,
  compileSchema,
  enforceAccess,
  holdsSecrets,
  isExpensive,
  retryClassOf,
  validationError,
} from '@alkdev/operations'
import type { Identity, OperationContext } from '@alkdev/operations'
import { sharedNow, uuidv7 } from '@alkdev/std'
import type { NewQueuedCall } from '@alkdev/storage/queue'
import { actingKeysOf } from './acting-keys.ts'

export interface PrepareRuntime {
  readonly bus: Pick<Bus, 'lookUp'>
  readonly config: Pick<ServiceConfig<'coordinator'>, 'queue' | 'limits'>
  readonly inputHash: KeyedHash
}

const YEAR_MS = 365 * 86_400_000

/**
 * What is stored of a call to be queued. Throws what a call would fail with before it runs: OPERATION_NOT_FOUND, ACCESS_DENIED, and
 * VALIDATION_ERROR for an input that does not fit, for a subscription, for an operation with secrets, and for calls nested too deep.
 * An input schema that takes long to compile is applied by the provider only.
 */
export async function prepareCall(
  { bus, config, inputHash }: PrepareRuntime,
  principal: Identity,
  context: Pick<OperationContext, 'depth' | 'metadata' | 'parentRequestId' | 'traceparent'>,
  asked: CallsEnqueueInput,
): Promise<NewQueuedCall> {
  const { operationId, input = {}, idempotencyKey } = asked
  const entry = await bus.lookUp(operationId, principal)
  if (entry === undefined) throw operationNotFound(operationId)
  const { spec } = entry
  if (spec.type === 'subscription') throw refused('must not be a subscription', 'operationId')
  if (holdsSecrets(spec) || spec._meta?.[SECRET_OUTPUT] === true)
    throw refused('must not take or give secrets, which are not stored', 'operationId')
  enforceAccess(spec.accessControl, principal, operationId, input)
  checkInput(operationId, spec.inputSchema, input)
  const depth = context.depth ?? 0
  if (depth + 1 >= config.limits.maxCallDepth)
    throw refused(`would be nested deeper than ${config.limits.maxCallDepth} levels`, 'operationId')
  const text = JSON.stringify(input)
  if (Buffer.byteLength(text) > config.limits.maxPayloadBytes)
    throw new CallError('PAYLOAD_TOO_LARGE', `The input of ${operationId} is too large.`)
  const retry = retryClassOf(spec)
  const acting = actingKeysOf(context.metadata)
  const scope = { accountId: principal.id, operationName: operationId, key: idempotencyKey ?? '' }
  return {
    id: asked.callId?.toLowerCase() ?? uuidv7(),
    operationName: operationId,
    input: text,
    retry,
    idempotencyKey,
    ...(idempotencyKey !== undefined && { inputHash: inputHashOf(inputHash, { ...scope, input }) }),
    parentRequestId: context.parentRequestId,
    maxAttempts: retry === 'never' ? 1 : (asked.maxAttempts ?? config.queue.maxAttempts),
    backoffMs: asked.backoffMs ?? config.queue.backoffMs,
    timeoutMs: Math.min(
      asked.timeoutMs ?? config.limits.callTimeoutMs,
      config.limits.maxCallTimeoutMs,
    ),
    delayMs: asked.delayMs ?? 0,
    notBefore: instantOf(asked.notBefore),
    expiresAfterMs: asked.expiresAfterMs ?? config.queue.expiresAfterMs,
    priority: asked.priority ?? 0,
    depth,
    traceparent: context.traceparent,
    metadata: acting.length > 0 ? { [ACTING_KEYS]: acting } : {},
  }
}

function checkInput(
  operationId: string,
  schema: Parameters<typeof compileSchema>[0],
  input: unknown,
): void {
  if (isExpensive(schema)) return
  const compiled = compileSchema(schema)
  if (!compiled.check(input))
    throw validationError(`The input of ${operationId}`, compiled.errors(input))
}

function instantOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const instant = new Date(text)
  if (!(instant.getTime() <= sharedNow() + YEAR_MS))
    throw refused('must be an instant at most a year from now', 'notBefore')
  // The database does not know every year of the past.
  return instant.getTime() <= sharedNow() ? undefined : instant
}

function refused(message: string, member: string): CallError {
  return validationError('The call to be queued', [{ path: `/${member}`, message }])
}
