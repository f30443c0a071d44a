import type { SpokeAttachment } from '@alkdev/bus'
import { FINDING_KINDS, WORKFLOW_RUN } from '@alkdev/contracts'
import { PARK_META } from '@alkdev/contracts/agents'
import { STORED_GRANT } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError, operationIdOf } from '@alkdev/operations'
import type { Identity, OperationSpec } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { inTransaction, raiseFinding } from '@alkdev/storage'
import type { ApprovalRow, Db } from '@alkdev/storage'
import { dispatchToolCall, endToolCall } from '@alkdev/storage/sessions'
import type {
  SessionClaim,
  SessionRow,
  ToolCallChange,
  ToolCallEnd,
  OpenToolCall,
} from '@alkdev/storage/sessions'
import { collectLostCall } from '../../workflows/lost-call.ts'
import { BoundOperations } from './bound-operations.ts'
import type { BoundTo } from './bound-operations.ts'
import { onlyCallable, widenSearch } from './found-operations.ts'
import { parkToolCall } from './park-tool-call.ts'
import { collectItems, endOf, mayRepeat, moreTrue, outputOf, streamOver } from './tool-call-end.ts'
import { permitToolCall } from './permit-tool-call.ts'
import { failureJson } from '../turn/failure-json.ts'
import type { TurnRights } from '../turn/turn-rights.ts'
import { watchCollected } from '../../calls/watch-collected.ts'
import { watchRights } from '../../calls/watch-rights.ts'

/** Attempts of a call that may be repeated. */
const MAX_ATTEMPTS = 3

/** One attempt of a tool call. */
interface Dispatched {
  readonly callId: string
  readonly attachment: SpokeAttachment | undefined
}

export interface ToolRunnerOptions {
  readonly runtime: ServiceRuntime<'coordinator'>
  readonly claim: SessionClaim
  readonly session: SessionRow
  readonly orgId: string | null
  readonly turnId: string
  readonly boundTo: BoundTo
  /** The run of a workflow that the turn belongs to. */
  readonly runId?: string | undefined
  /** Milliseconds that a call may take: what the turn, or its step, has left. A stream may be silent for as long, as a build is. */
  readonly timeoutMs: number
  /** W3C trace context of the turn. */
  readonly traceparent?: string | undefined
  /**
   * The attachment of the spoke of the workspace at which the operation may be called now, after its files were compared there; undefined for one elsewhere. Throws
   * TurnOver when they are others.
   */
  readonly attachmentOf: (
    operationId: string,
    principal: Identity,
  ) => Promise<SpokeAttachment | undefined>
  /** The rights of the turn as they are now. Rejects with UNAUTHENTICATED when it has none any more. */
  readonly rightsNow: () => Promise<TurnRights>
  /** No other process can have the claim yet. */
  readonly isHeld: () => boolean
  readonly onWritten: () => void
  readonly onAsked: (approval: ApprovalRow, event?: 'raised') => void
  /** These sessions got a message. */
  readonly onFired: (sessionIds: readonly string[]) => void
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
    const permitted = await permitToolCall(this.#options, call, entry.spec, input, rights)
    if (permitted.kind === 'denied')
      return this.#end(call, { status: 'denied', error: failureJson(permitted.error) })
    if (permitted.kind !== 'allowed') return permitted.kind
    if (entry.spec._meta?.[PARK_META] !== undefined) {
      const parked = await parkToolCall(this.#options, call, entry.spec, input, rights.identity)
      return typeof parked === 'string' ? parked : this.#end(call, parked)
    }
    let from = call.callId
    let error = new CallError('UNKNOWN_ERROR', 'The call was not made.')
    for (let attempt = call.attempts + 1; attempt <= call.attempts + MAX_ATTEMPTS; attempt++) {
      const callId = uuidv7()
      let attachment: SpokeAttachment | undefined
      try {
        // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
        attachment = await this.#options.attachmentOf(operationId, rights.granted)
      } catch (thrown) {
        if (!(thrown instanceof CallError)) throw thrown
        error = moreTrue(error, thrown)
        break
      }
      // oxlint-disable-next-line no-await-in-loop -- as above
      if (!(await this.#dispatch(call, from, callId))) return 'left'
      from = callId
      let output: string
      try {
        // oxlint-disable-next-line no-await-in-loop -- as above
        output = await this.#call(
          call,
          { callId, attachment },
          entry.spec,
          input,
          { ...rights, identity: permitted.identity },
          signal,
        )
      } catch (thrown) {
        if (isLeaving()) return 'left'
        error = moreTrue(error, CallError.from(signal.aborted ? signal.reason : thrown))
        if (mayRepeat(call, error) && !signal.aborted) continue
        break
      }
      // An end that cannot be stored says nothing about the call: its answer is collected once the database is there again.
      return this.#end(call, { status: 'done', output })
    }
    return this.#end(call, endOf(call, error, signal.aborted))
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
    { callId, attachment }: Dispatched,
    spec: OperationSpec,
    input: unknown,
    rights: TurnRights,
    signal: AbortSignal,
  ): Promise<string> {
    const { runtime, turnId, runId, boundTo, timeoutMs, traceparent, rightsNow } = this.#options
    const operationId = call.operationName ?? operationIdOf(spec)
    const ending = new AbortController()
    const called = { callId, operationId }
    const unwatch = watchRights(runtime, called, rights, rightsNow, (reason) =>
      ending.abort(reason),
    )
    const options = {
      principal: rights.identity,
      orphan: 'finish' as const,
      callId,
      attachment,
      parentCallId: turnId,
      depth: 1,
      idempotencyKey: call.id,
      ...(traceparent !== undefined && { traceparent }),
      signal: AbortSignal.any([signal, ending.signal]),
      metadata: {
        turnId,
        step: call.step,
        toolCallId: call.id,
        [STORED_GRANT]: rights.grantId,
        ...(runId !== undefined && { [WORKFLOW_RUN]: runId }),
      },
    }
    let timer: NodeJS.Timeout | undefined
    try {
      if (spec.type !== 'subscription') {
        // Beyond the limit of other calls: the turn has its own.
        const limits = { timeoutMs, maxTimeoutMs: timeoutMs }
        const asked = widenSearch(operationId, input)
        const { envelope } = await runtime.bus.call(operationId, asked, { ...options, ...limits })
        const bound = new BoundOperations(runtime, rights.identity, boundTo)
        return outputOf(onlyCallable(operationId, input, envelope.data, bound))
      }
      timer = setTimeout(() => ending.abort(streamOver(timeoutMs)), timeoutMs)
      const idle = { idleTimeoutMs: timeoutMs }
      return await collectItems(runtime.bus.subscribe(operationId, input, { ...options, ...idle }))
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw ending.signal.aborted ? ending.signal.reason : error
    } finally {
      clearTimeout(timer)
      unwatch()
    }
  }

  /** What a call gave that a process made which is gone. `again`: it is made once more. */
  async #collect(
    call: OpenToolCall,
    callId: string,
    signal: AbortSignal,
    isLeaving: () => boolean,
  ): Promise<ToolOutcome | 'again'> {
    const { runtime, timeoutMs, rightsNow } = this.#options
    const withdrawn = new AbortController()
    const unwatch = watchCollected(
      runtime,
      { callId, operationId: call.operationName ?? '' },
      async () => {
        const { stored, identity, holders } = await rightsNow()
        return { granted: stored, now: identity, holders }
      },
      (reason) => withdrawn.abort(reason),
    )
    const ending = AbortSignal.any([signal, withdrawn.signal])
    let output: string
    try {
      output = outputOf(await collectLostCall(runtime, { callId }, ending, isLeaving, timeoutMs))
    } catch (thrown) {
      if (isLeaving()) return 'left'
      if (signal.aborted) throw thrown
      const error = CallError.from(thrown)
      const { outcome } = (error.details ?? {}) as { outcome?: unknown }
      if (outcome === 'completed') return await this.#end(call, { status: 'done' })
      if (mayRepeat(call, error)) return 'again'
      return await this.#end(call, endOf(call, error, false))
    } finally {
      unwatch()
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
