import { FINDING_KINDS } from '@alkdev/contracts'
import { PARK_META } from '@alkdev/contracts/agents'
import type { CoordAwaitInput } from '@alkdev/contracts/agents'
import type { ServiceRuntime } from '@alkdev/service'
import { mayGoOn, intersectRights } from '@alkdev/service'
import { CallError, operationIdOf, withUnknownOutcome } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { inTransaction, raiseFinding } from '@alkdev/storage'
import type { ApprovalRow, Db } from '@alkdev/storage'
import { awaitSessions, dispatchToolCall, endToolCall, inTurn } from '@alkdev/storage/sessions'
import type {
  SessionClaim,
  SessionRow,
  ToolCallChange,
  ToolCallEnd,
  OpenToolCall,
} from '@alkdev/storage/sessions'
import { collectLostCall } from '../../workflows/lost-call.ts'
import { lookAtAwait } from './park-await.ts'
import type { ParkedAwait } from './park-await.ts'
import { permitToolCall } from './permit-tool-call.ts'
import { failureJson } from '../turn/failure-json.ts'
import type { TurnRights } from '../turn/turn-rights.ts'

/** Attempts of a call that may be repeated. */
const MAX_ATTEMPTS = 3
/** Characters of the outputs of a tool call that are kept, and items of a stream. */
const MAX_OUTPUT = 1024 * 1024

export interface ToolRunnerOptions {
  readonly runtime: ServiceRuntime<'coordinator'>
  readonly claim: SessionClaim
  readonly session: SessionRow
  readonly orgId: string | null
  readonly turnId: string
  readonly timeoutMs: number
  /** W3C trace context of the turn. */
  readonly traceparent?: string | undefined
  /** No other process can have the claim yet. */
  readonly isHeld: () => boolean
  readonly onWritten: () => void
  readonly onAsked: (approval: ApprovalRow) => void
}

/** What became of a tool call in this process. `left`: another process decides, or this one stops. */
export type ToolOutcome = 'ended' | 'waiting' | 'left'

/** Makes the tool calls of a turn, each as one call of the bus, with its start and its end stored. */
export class ToolRunner {
  readonly #options: ToolRunnerOptions

  constructor(options: ToolRunnerOptions) {
    this.#options = options
  }

  /**
   * Brings one tool call to its end, or to an approval. A call that was dispatched by another process is collected first; where nothing can be
   * collected, its class decides. `signal` aborts it; `isLeaving` says that the call goes on without this process.
   */
  async run(
    call: OpenToolCall,
    rights: TurnRights,
    signal: AbortSignal,
    isLeaving: () => boolean,
  ): Promise<ToolOutcome> {
    try {
      if (call.callId !== null) {
        const collected = await this.#collect(call, call.callId, signal, isLeaving)
        if (collected !== 'again') return collected
      }
      return await this.#make(call, rights, signal, isLeaving)
    } catch (error) {
      if (isLeaving()) return 'left'
      if (signal.aborted)
        return this.#end(call, {
          status: 'cancelled',
          error: failureJson(CallError.from(signal.reason)),
        })
      throw error
    }
  }

  async #make(
    call: OpenToolCall,
    rights: TurnRights,
    signal: AbortSignal,
    isLeaving: () => boolean,
  ): Promise<ToolOutcome> {
    const { runtime } = this.#options
    const operationId = call.operationName ?? ''
    const input = JSON.parse(call.input) as unknown
    const entry = await runtime.bus.lookUp(operationId, rights.identity)
    if (entry === undefined)
      return this.#end(call, {
        status: 'failed',
        error: failureJson(
          new CallError('OPERATION_NOT_FOUND', `There is no operation ${operationId}.`),
        ),
      })
    const permitted = await permitToolCall(this.#options, call, entry.spec, input, rights.identity)
    if (permitted.kind === 'denied')
      return this.#end(call, { status: 'denied', error: failureJson(permitted.error) })
    if (permitted.kind !== 'allowed') return permitted.kind
    if (entry.spec._meta?.[PARK_META] === 'child') return this.#await(call, input)
    let from = call.callId
    let error = new CallError('UNKNOWN_ERROR', 'The call was not made.')
    for (let attempt = call.attempts + 1; attempt <= call.attempts + MAX_ATTEMPTS; attempt++) {
      const callId = uuidv7()
      // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
      if (!(await this.#dispatch(call, from, callId))) return 'left'
      from = callId
      let output: string
      try {
        // oxlint-disable-next-line no-await-in-loop -- as above
        output = await this.#call(
          call,
          callId,
          entry.spec,
          input,
          { ...rights, identity: permitted.identity },
          signal,
        )
      } catch (thrown) {
        if (isLeaving()) return 'left'
        error = CallError.from(signal.aborted ? signal.reason : thrown)
        const isAgain = call.retry !== 'never' && isUnknown(error) && !signal.aborted
        if (isAgain) continue
        break
      }
      // An end that cannot be stored says nothing about the call: its answer is collected once the database is there again.
      return this.#end(call, { status: 'done', output })
    }
    return this.#end(call, endOf(call, error, signal.aborted))
  }

  /** The turn waits without its claim; the call is never dispatched. */
  async #await(call: OpenToolCall, input: unknown): Promise<ToolOutcome> {
    const { runtime, claim, onWritten } = this.#options
    let look: ParkedAwait
    try {
      look = await lookAtAwait(runtime.db, call, input as CoordAwaitInput)
    } catch (error) {
      const failure = CallError.from(error)
      if (failure.code !== 'SESSION_NOT_FOUND') throw error
      return this.#end(call, { status: 'failed', error: failureJson(failure) })
    }
    if (look.kind === 'over')
      return this.#end(call, { status: 'done', output: outputOf(look.output) })
    const { awaited } = look
    const stored = await inTurn(runtime.db, claim, (tx) => awaitSessions(tx, call, awaited))
    if (stored.kind === 'lost') return 'left'
    onWritten()
    return 'waiting'
  }

  async #dispatch(call: OpenToolCall, from: string | null, callId: string): Promise<boolean> {
    const { runtime, claim, timeoutMs, isHeld, onWritten } = this.#options
    const dispatch = (db: Db): Promise<ToolCallChange> =>
      dispatchToolCall(db, claim, call.id, { from, callId, timeoutMs })
    // A call whose outcome may not be unknown, in a transaction: of a process that ends before its end, nothing is left, and the call is still planned. The
    // others are made again in any case, with the same key.
    const stored =
      call.retry === 'never'
        ? await inTransaction(runtime.db, dispatch)
        : await dispatch(runtime.db)
    if (stored !== 'done') return false
    onWritten()
    // After a pause of the process another one may have the session, and decide about this call.
    return isHeld()
  }

  async #call(
    call: OpenToolCall,
    callId: string,
    spec: OperationSpec,
    input: unknown,
    rights: TurnRights,
    signal: AbortSignal,
  ): Promise<string> {
    const { runtime, turnId, timeoutMs, traceparent } = this.#options
    const operationId = call.operationName ?? operationIdOf(spec)
    const revoked = new AbortController()
    const unwatch = this.#watch(callId, operationId, rights, (reason) => revoked.abort(reason))
    const options = {
      principal: rights.identity,
      orphan: 'finish' as const,
      callId,
      parentCallId: turnId,
      depth: 1,
      timeoutMs,
      idempotencyKey: call.id,
      ...(traceparent !== undefined && { traceparent }),
      signal: AbortSignal.any([signal, revoked.signal]),
      metadata: { turnId, step: call.step, toolCallId: call.id },
    }
    try {
      if (spec.type !== 'subscription') {
        const { envelope } = await runtime.bus.call(operationId, input, options)
        return outputOf(envelope.data)
      }
      return await collectItems(runtime.bus.subscribe(operationId, input, options))
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw revoked.signal.aborted ? revoked.signal.reason : error
    } finally {
      unwatch()
    }
  }

  #watch(
    callId: string,
    operationId: string,
    { identity, holders }: TurnRights,
    onLost: (reason: CallError) => void,
  ): () => void {
    const { bus, live } = this.#options.runtime
    const watches = holders.map((authenticated) =>
      live.watch({
        authenticated,
        end: (reason) => onLost(withUnknownOutcome(reason)),
        allowed: (now) =>
          mayGoOn(bus, { callId, operationId }, identity, intersectRights(identity, now.identity)),
      }),
    )
    return () => {
      for (const unwatch of watches) unwatch()
    }
  }

  /** What a call gave that a process made which is gone. `again`: it is made once more. */
  async #collect(
    call: OpenToolCall,
    callId: string,
    signal: AbortSignal,
    isLeaving: () => boolean,
  ): Promise<ToolOutcome | 'again'> {
    let output: string
    try {
      output = outputOf(await collectLostCall(this.#options.runtime, { callId }, signal, isLeaving))
    } catch (thrown) {
      if (isLeaving()) return 'left'
      if (signal.aborted) throw thrown
      const error = CallError.from(thrown)
      const { outcome } = (error.details ?? {}) as { outcome?: unknown }
      if (outcome === 'completed') return this.#end(call, { status: 'done' })
      if (isUnknown(error) && call.retry !== 'never') return 'again'
      return this.#end(call, endOf(call, error, false))
    }
    return this.#end(call, { status: 'done', output })
  }

  /** The inbox shows it: a person looks whether the call had its effect. */
  async #raiseUnknown(tx: Db, { id, operationName, callId }: OpenToolCall): Promise<void> {
    const { session, orgId, turnId } = this.#options
    await raiseFinding(tx, {
      kind: 'tool-call-unknown',
      severity: 'medium',
      subject: { type: FINDING_KINDS['tool-call-unknown'], id: session.id },
      accountId: session.accountId,
      orgId,
      summary: `The outcome of a call of ${operationName} in the session "${session.title}" is unknown: it may have run.`,
      evidence: { toolCallId: id, turnId, callId },
    })
  }

  async #end(call: OpenToolCall, end: ToolCallEnd): Promise<ToolOutcome> {
    const { runtime, claim, onWritten } = this.#options
    const stored =
      end.status === 'unknown'
        ? await inTransaction(runtime.db, (tx) => this.#endUnknown(tx, call, end))
        : await endToolCall(runtime.db, claim, call.id, end)
    onWritten()
    return stored === 'lost' ? 'left' : 'ended'
  }

  async #endUnknown(tx: Db, call: OpenToolCall, end: ToolCallEnd): Promise<ToolCallChange> {
    const stored = await endToolCall(tx, this.#options.claim, call.id, end)
    if (stored === 'done') await this.#raiseUnknown(tx, call)
    return stored
  }
}

/** It may have run, and its answer is lost. */
function isUnknown(error: CallError): boolean {
  const { outcome } = (error.details ?? {}) as { outcome?: unknown }
  return error.ran !== 'no' && (error.code === 'PROVIDER_LOST' || outcome === 'unknown')
}

function endOf(call: OpenToolCall, error: CallError, isAborted: boolean): ToolCallEnd {
  const failure = failureJson(error)
  if (isAborted) return { status: 'cancelled', error: failure }
  if (isUnknown(error) && call.retry === 'never') return { status: 'unknown', error: failure }
  return { status: error.code === 'ACCESS_DENIED' ? 'denied' : 'failed', error: failure }
}

/** JSON as it is stored. Throws PAYLOAD_TOO_LARGE. */
function outputOf(data: unknown): string {
  const text = JSON.stringify(data ?? null)
  if (text.length > MAX_OUTPUT)
    throw new CallError('PAYLOAD_TOO_LARGE', 'The output is over 1 MiB; ask for less of it.')
  return text
}

async function collectItems(
  items: AsyncIterable<{ readonly envelope: { readonly data: unknown } }>,
): Promise<string> {
  const all: unknown[] = []
  let characters = 0
  for await (const { envelope } of items) {
    characters += JSON.stringify(envelope.data ?? null).length
    if (characters > MAX_OUTPUT)
      throw new CallError('PAYLOAD_TOO_LARGE', 'The output is over 1 MiB; ask for less of it.', {
        outcome: 'unknown',
      })
    all.push(envelope.data)
  }
  return outputOf(all)
}
