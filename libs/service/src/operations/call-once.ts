import { withDeclaredStatus } from '@alkdev/bus'
import type { Bus, BusCallOptions, BusSubscription, CallResult, DirectoryEntry } from '@alkdev/bus'
import { SECRET_OUTPUT } from '@alkdev/contracts'
import type { CallTiming } from '@alkdev/contracts'
import type { KeyedHash } from '@alkdev/crypto'
import type { WireError } from '@alkdev/errors'
import { CallError, enforceAccess, givesSecrets } from '@alkdev/operations'
import type { OperationSpec, ResponseEnvelope } from '@alkdev/operations'
import { sleep, uuidv7 } from '@alkdev/std'
import {
  claimIdempotencyKey,
  findIdempotencyKey,
  releaseIdempotencyKey,
  settleIdempotencyKey,
} from '@alkdev/storage'
import type {
  Db,
  IdempotencyClaim,
  IdempotencyEnd,
  IdempotencyRecord,
  ReplayRights,
} from '@alkdev/storage'
import type { Logger } from 'pino'
import { inputHashOf, isInputHash } from './input-hash.ts'
import { operationNotFound } from './hub-operations.ts'
import { enforceReplay, rightsOf } from './replay-rights.ts'
import { withSuggestions } from './suggest-operations.ts'

/** A call's answer; without a timing when it is that of an earlier call with the same key. */
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

/** How long a key stands for its call. */
const KEPT_MS = 24 * 3600 * 1000

/** Milliseconds between two looks at a call that another request waits for. */
const POLL_MS = 100
const POLL_CAP_MS = 1000
const DEFAULT_WAIT_MS = 30_000
/** After this no process works on a call any more: the longest call, and some for its process to write the end. */
const LOST_AFTER_MS = 615_000
const MAX_KEY_LENGTH = 128
const PRINTABLE = /^[\x20-\x7e]+$/

/** What `openOnce` resolves with. */
export type OnceOpened =
  | (CallAnswer & { readonly kind: 'answer' })
  | { readonly kind: 'stream'; readonly items: BusSubscription }

/**
 * Opens an operation of whichever kind, once per account, operation and idempotency key for 24 hours. Every entry point of the hub calls
 * through here or through `callOnce`, so that a key that was given at one of them counts at all. Without a key it is `bus.open`. With one, it
 * is checked first that the caller may call the operation with this input; then the key is written, before anything is dispatched. A
 * repetition with the same input waits for the first call's end, or gets it again, unless that call is proven not to have run.
 * Operations of the hub's services decide inside by more than scopes and resources, so that their ends are repeated only to callers that have
 * every right that the first caller had at the end of its call; ACCESS_DENIED for others.
 *
 * Throws what the call failed with, a repeated failure with the `callId` of the first call; OPERATION_NOT_FOUND and ACCESS_DENIED as a call without a key; CONFLICT for the same key with another
 * input; VALIDATION_ERROR for a key that is not 1 to 128 printable characters, and for operations that answer with a secret: answers are kept as they are.
 * The key of a subscription is passed on to its provider and nothing else: items of a stream are not kept.
 */
export async function openOnce(
  context: CallOnceContext,
  operationId: string,
  input: unknown,
  options: BusCallOptions,
): Promise<OnceOpened> {
  return suggested(context, operationId, options, async () => {
    const entry = await keyedOperation(context, operationId, input, options)
    if (entry !== undefined) {
      return { kind: 'answer', ...(await callKeyed(context, entry, operationId, input, options)) }
    }
    const opened = await context.bus.open(operationId, input, options)
    return opened.kind === 'stream' ? opened : { kind: 'answer', ...opened.result }
  })
}

/** The same for an entry point that takes an answer only. Throws VALIDATION_ERROR for a subscription, of which nothing has run. */
export async function callOnce(
  context: CallOnceContext,
  operationId: string,
  input: unknown,
  options: BusCallOptions,
): Promise<CallAnswer> {
  return suggested(context, operationId, options, async () => {
    const entry = await keyedOperation(context, operationId, input, options)
    return entry === undefined
      ? context.bus.call(operationId, input, options)
      : callKeyed(context, entry, operationId, input, options)
  })
}

/** Names what the caller may have meant when there is no such operation, or it has no provider. */
async function suggested<T>(
  { bus }: CallOnceContext,
  operationId: string,
  { principal }: BusCallOptions,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw withSuggestions(bus, principal, operationId, error)
  }
}

/** The operation, if its calls are kept under the key of this one: then it is checked that the caller may make it. */
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
    const answer = await awaitFirst(context, claim, { input, spec, isService, until, options })
    if (answer !== undefined) return answer
  }
}

/** Throws VALIDATION_ERROR for a text that can be no idempotency key. */
function checkIdempotencyKey(key: string): void {
  if (key.length <= MAX_KEY_LENGTH && PRINTABLE.test(key)) return
  const message = `An idempotency key must be 1 to ${MAX_KEY_LENGTH} printable characters.`
  throw new CallError('VALIDATION_ERROR', message, {
    errors: [{ path: '/idempotencyKey', message: `must be 1 to ${MAX_KEY_LENGTH} characters` }],
  })
}

/** How a failed call is kept: not at all when nothing ran. */
function endOf(error: CallError): 'released' | 'failed' | 'unknown' {
  if (error.ran === 'no') return 'released'
  return error.ran === 'yes' ? 'failed' : 'unknown'
}

function notKept(callId: string): WireError {
  const message = 'The first call with this key has ended, but its answer could not be kept.'
  return { code: 'CONFLICT', message, details: { callId } }
}

interface OwnedCall {
  readonly rowId: string
  readonly callId: string
  /** What the caller may do now; undefined when it is not needed. */
  readonly readRights: () => Promise<ReplayRights | undefined>
}

/**
 * Runs the call that owns the key, and keeps its end under it, with the rights that the caller has then: a call may take rights from its own
 * caller (who leaves an organization), and its repetition is answered all the same. A failure to keep it is logged: the call has ended.
 */
async function runOwned(
  { db, logger }: CallOnceContext,
  { rowId, callId, readRights }: OwnedCall,
  run: () => Promise<CallResult>,
): Promise<CallResult> {
  const keep = async (work: Promise<boolean>): Promise<void> => {
    await work.catch((error: unknown) =>
      logger.warn({ err: error }, 'the end of a keyed call was not kept'),
    )
  }
  // Not every text of JSON can be stored. A repetition must not get another answer than the first call: it gets CONFLICT.
  const settle = async (end: IdempotencyEnd): Promise<boolean> => {
    const rights = await readRights()
    return settleIdempotencyKey(db, rowId, end, rights).catch(() =>
      settleIdempotencyKey(db, rowId, { status: 'unknown', error: notKept(callId) }, rights),
    )
  }
  try {
    const result = await run()
    await keep(settle({ status: 'completed', envelope: result.envelope }))
    return result
  } catch (thrown) {
    const error = CallError.from(thrown)
    const status = endOf(error)
    if (status === 'released') await keep(releaseIdempotencyKey(db, rowId))
    else await keep(settle({ status, error: error.toWire() }))
    throw thrown
  }
}

/** The end of the first call, given again. */
function replay(record: IdempotencyRecord, spec: OperationSpec): CallAnswer {
  if (record.envelope !== null) return { envelope: record.envelope }
  const {
    code = 'PROVIDER_LOST',
    message = 'The first call was lost.',
    details,
  } = record.error ?? {}
  throw withDeclaredStatus(new CallError(code, message, details, { callId: record.callId }), spec)
}

function lostError(callId: string): CallError {
  return new CallError(
    'PROVIDER_LOST',
    'The first call with this key was lost; whether it ran is not known.',
    { outcome: 'unknown', callId },
    { callId },
  )
}

interface Repetition {
  readonly input: unknown
  readonly spec: OperationSpec
  /** An operation of a service, which decides inside. */
  readonly isService: boolean
  /** When the waiting ends, by the monotonic clock in milliseconds. */
  readonly until: number
  readonly options: BusCallOptions
}

/** Waits for the first call's end. Undefined when the key is free again, because nothing ran. */
async function awaitFirst(
  { db, inputHash }: CallOnceContext,
  claim: IdempotencyClaim,
  { input, spec, isService, until, options }: Repetition,
): Promise<CallAnswer | undefined> {
  for (let pauseMs = POLL_MS; ; pauseMs = Math.min(pauseMs * 1.5, POLL_CAP_MS)) {
    const record = await findIdempotencyKey(db, claim)
    if (record === undefined) return undefined
    if (!isInputHash(inputHash, { ...claim, input }, record.inputHash)) {
      throw new CallError('CONFLICT', 'The idempotency-key was used with another input.', {
        callId: record.callId,
      })
    }
    if (record.status !== 'pending') {
      if (isService) await enforceReplay(db, options, record.rights)
      return replay(record, spec)
    }
    if (!record.queued && record.ageMs > LOST_AFTER_MS) {
      const error = lostError(record.callId)
      await settleIdempotencyKey(db, record.id, { status: 'unknown', error: error.toWire() })
      throw error
    }
    if (performance.now() + pauseMs > until) {
      throw new CallError('TIMEOUT', 'The first call with this key still runs.', {
        callId: record.callId,
      })
    }
    await sleep(pauseMs, options.signal)
  }
}
