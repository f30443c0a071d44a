import type { Bus, BusCallOptions, BusSubscription, DirectoryEntry } from '@alkdev/bus'
import { SECRET_OUTPUT } from '@alkdev/contracts'
import type { CallTiming } from '@alkdev/contracts'
import type { KeyedHash } from '@alkdev/crypto'
import { CallError, enforceAccess, givesSecrets } from '@alkdev/operations'
import type { ResponseEnvelope } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { claimIdempotencyKey } from '@alkdev/storage'
import type { Db, IdempotencyClaim, ReplayRights } from '@alkdev/storage'
import type { Logger } from 'pino'
import { awaitFirstCall } from './await-first-call.ts'
import { operationNotFound } from './hub-operations.ts'
import { inputHashOf } from './input-hash.ts'
import { runOwned } from './owned-call.ts'
import { rightsOf } from './replay-rights.ts'
import { withSuggestions } from './suggest-operations.ts'

/** A call's answer; without a timing when it is the answer of an earlier call with the same key. */
export interface CallAnswer {
  readonly envelope: ResponseEnvelope
  readonly timing?: CallTiming
}

export interface CallOnceContext {
  readonly bus: Pick<Bus, 'call' | 'directory' | 'lookUp' | 'open'>
  readonly db: Db
  readonly logger: Logger
  /** For the inputs of calls with an idempotency key. */
  readonly inputHash: KeyedHash
}

/** How long a key is valid for its call. */
const KEPT_MS = 24 * 3600 * 1000

const DEFAULT_WAIT_MS = 30_000
const MAX_KEY_LENGTH = 128
const PRINTABLE = /^[\x20-\x7e]+$/

/** The result of `openOnce`. */
export type OnceOpened =
  | (CallAnswer & { readonly kind: 'answer' })
  | { readonly kind: 'stream'; readonly items: BusSubscription }

/**
 * Opens an operation of any kind, once per account, operation and idempotency key for 24 hours. Every entry point of the hub calls through
 * this function or `callOnce`, so that a key used at one entry point counts at all of them. Without a key it is `bus.open`. With one, it
 * first checks that the caller may call the operation with this input, and stores the key before anything is dispatched. A repetition with
 * the same input waits for the first call, then returns its result, unless that call is proven not to have run. Operations of the hub's
 * services check more than scopes and resources, so their results are repeated only to callers that have every right that the first caller
 * had at the end of its call; others get ACCESS_DENIED.
 *
 * Throws what the call failed with, a repeated failure with the `callId` of the first call; OPERATION_NOT_FOUND and ACCESS_DENIED as a call
 * without a key; CONFLICT for the same key with another input; VALIDATION_ERROR for a key that is not 1 to 128 printable characters, and
 * for operations that answer with a secret, because answers are stored unchanged. The key of a subscription is only passed on to its
 * provider: items of a stream are not stored.
 */
export async function openOnce(
  context: CallOnceContext,
  operationId: string,
  input: unknown,
  options: BusCallOptions,
): Promise<OnceOpened> {
  try {
    const entry =
      options.idempotencyKey === undefined
        ? undefined
        : await keyedOperation(context, operationId, input, options)
    if (entry !== undefined) {
      return { kind: 'answer', ...(await callKeyed(context, entry, operationId, input, options)) }
    }
    const opened = await context.bus.open(operationId, input, options)
    return opened.kind === 'stream' ? opened : { kind: 'answer', ...opened.result }
  } catch (error) {
    throw await withSuggestions(context.bus, options.principal, operationId, error)
  }
}

/** The same for an entry point that accepts only an answer. Throws VALIDATION_ERROR for a subscription, before anything runs. */
export async function callOnce(
  context: CallOnceContext,
  operationId: string,
  input: unknown,
  options: BusCallOptions,
): Promise<CallAnswer> {
  try {
    const entry =
      options.idempotencyKey === undefined
        ? undefined
        : await keyedOperation(context, operationId, input, options)
    return entry === undefined
      ? await context.bus.call(operationId, input, options)
      : await callKeyed(context, entry, operationId, input, options)
  } catch (error) {
    // Adds suggestions when there is no such operation, or it has no provider.
    throw await withSuggestions(context.bus, options.principal, operationId, error)
  }
}

/** The operation, if its calls are stored under their key; then also checks that the caller may make this call. */
async function keyedOperation(
  { bus }: CallOnceContext,
  operationId: string,
  input: unknown,
  { idempotencyKey, principal }: BusCallOptions,
): Promise<DirectoryEntry | undefined> {
  if (idempotencyKey === undefined) return undefined
  checkIdempotencyKey(idempotencyKey)
  const entry = await bus.lookUp(operationId, principal)
  if (entry === undefined) throw operationNotFound(operationId)
  const { spec } = entry
  if (spec.type === 'subscription') return undefined
  enforceAccess(spec.accessControl, principal, operationId, input)
  if (spec._meta?.[SECRET_OUTPUT] !== true && !givesSecrets(spec)) return entry
  throw new CallError(
    'VALIDATION_ERROR',
    `${operationId} answers with a secret, which is not kept: call it without an idempotency-key.`,
  )
}

/** Runs the call if it is the first with its key, and otherwise waits for the first one. */
async function callKeyed(
  context: CallOnceContext,
  entry: DirectoryEntry,
  operationId: string,
  input: unknown,
  options: BusCallOptions,
): Promise<CallAnswer> {
  const { spec } = entry
  const isService = entry.kind === 'service'
  const readRights = async (): Promise<ReplayRights | undefined> =>
    isService ? rightsOf(context.db, options) : undefined
  const callId = options.callId ?? uuidv7()
  const scope = {
    accountId: options.principal.id,
    operationName: operationId,
    key: options.idempotencyKey ?? '',
  }
  const claim: IdempotencyClaim = {
    ...scope,
    inputHash: inputHashOf(context.inputHash, { ...scope, input }),
    callId,
    keptMs: KEPT_MS,
    rights: await readRights(),
  }
  const until = performance.now() + (options.timeoutMs ?? DEFAULT_WAIT_MS)
  for (let timeoutMs = options.timeoutMs; ; timeoutMs = Math.max(1, until - performance.now())) {
    const rowId = await claimIdempotencyKey(context.db, claim)
    if (rowId !== undefined) {
      const own = { ...options, callId, ...(timeoutMs !== undefined && { timeoutMs }) }
      return runOwned(context, { rowId, callId, readRights }, () =>
        context.bus.call(operationId, input, own),
      )
    }
    const repeated = { input, spec, isService, until, options }
    const envelope = await awaitFirstCall(context, claim, repeated)
    if (envelope !== undefined) return { envelope }
  }
}

/** Throws VALIDATION_ERROR for a text that is not a valid idempotency key. */
function checkIdempotencyKey(key: string): void {
  if (key.length <= MAX_KEY_LENGTH && PRINTABLE.test(key)) return
  const message = `An idempotency key must be 1 to ${MAX_KEY_LENGTH} printable characters.`
  throw new CallError('VALIDATION_ERROR', message, {
    errors: [{ path: '/idempotencyKey', message: `must be 1 to ${MAX_KEY_LENGTH} characters` }],
  })
}
