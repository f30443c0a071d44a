import { GEN_AI_ATTRIBUTES } from '@alkdev/contracts'
import type { CallRecord, ModelCallToken } from '@alkdev/contracts'
import { sleep, storableText, uuidv7 } from '@alkdev/std'
import { METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import {
  BEGIN_CALLS,
  openCalls,
  renewCalls,
  settledCallJson,
  settleCallTexts,
} from '@alkdev/storage/inference'
import type {
  BegunRow,
  CallRefusal,
  LedgerCaller,
  OpeningCall,
  SettledCall,
} from '@alkdev/storage/inference'
import type { Identity } from '@alkdev/operations'
import type { CallLimits, TakenLimits } from '../limits/call-limits.ts'
import type { BudgetDirectory, CallBounds } from '../limits/budget-directory.ts'
import { BudgetSlices } from '../limits/budget-slices.ts'
import type { TakenSlices } from '../limits/budget-slices.ts'
import type { PriceTable } from '../prices/price-table.ts'
import { tierTags } from '../prices/tier-names.ts'
import { targetName } from '../providers/target.ts'
import type { Target } from '../providers/target.ts'
import { estimateInput } from '../usage/estimate.ts'
import type { CallContent } from './call-content.ts'
import { BeginLanes } from './begin-lanes.ts'
import type { OpeningRow } from './begin-lanes.ts'
import { callRecord } from './call-record.ts'
import { genAiAttributes } from './gen-ai-attributes.ts'
import { LedgerCall } from './ledger-call.ts'
import { notCounted } from './reports-elsewhere.ts'
import type { ReportsElsewhere } from './reports-elsewhere.ts'
import { OpenLane } from './open-lane.ts'
import { SettleQueue } from './settle-queue.ts'
import { worstCaseOf } from './worst-case.ts'
import type { AskedCall, WorstUse } from './worst-case.ts'
import { settledMetrics } from './settled-metrics.ts'

/** Milliseconds after which ended calls are written, together. */
const SETTLE_MS = 100
/** Statements at a time that write opening rows, where the pool has enough connections for them. */
const LANES = 2
const CONNECTIONS_PER_LANE = 4
/** Milliseconds that a call waits for money that other processes hold in slices, and between its attempts. */
const RECALL_MS = 1500
const RECALL_PAUSE_MS = 40
const NO_LIMITS: TakenLimits = { renew: async () => {}, settle: async () => {} }

/** A request to a model, as its endpoint knows it. */
export interface ModelCall extends AskedCall {
  /** The call id. */
  readonly id: string
  /** For what a session makes the call. */
  readonly session?: ModelCallToken | undefined
  /** The call or turn above it. */
  readonly parentCallId?: string | undefined
  readonly identity: Identity
  /** The key that its rotations are counted as. */
  readonly countedKeyId: string | undefined
  readonly instanceId: string
  /** Path below `/v1`. */
  readonly endpoint: string
  readonly requestedModel: string
  readonly streamed: boolean
  readonly traceparent?: string | undefined
  /** Where prompts and answers are recorded. */
  readonly content?: CallContent | undefined
  readonly tags?: readonly string[] | undefined
  /** Whose tags the history has, also those that are added while the call runs. */
  readonly hooks?: { readonly tags: readonly string[] } | undefined
  /** The provider goes on after its answer, and reports elsewhere what was used. */
  readonly reportsElsewhere?: ReportsElsewhere | undefined
  /** The request may be sent, and the answer may leave, while its row is written. */
  readonly overlaps?: boolean | undefined
}

/** A call that was opened, and the output limit that its request must carry because its reservation counts on it. */
export interface OpenedCall {
  readonly call: LedgerCall
  readonly outputLimit: number | undefined
}

export interface LedgerParts {
  readonly prices: PriceTable
  readonly budgets: BudgetDirectory
  readonly limits: CallLimits
  readonly leaseMs: number
  /** Output tokens that are reserved for a call that sets no limit, where no budget says. */
  readonly defaultMaxOutputTokens: number
}

/** Keeps exactly one row for each call of a model, and counts it against limits and budgets. */
export class Ledger {
  readonly #runtime: ServiceRuntime<'inference-proxy'>
  readonly #parts: LedgerParts
  readonly #open = new Map<string, LedgerCall>()
  readonly #slices: BudgetSlices
  readonly #beginning: BeginLanes
  readonly #opening: OpenLane<OpeningCall, CallRefusal | undefined>
  readonly #settling: SettleQueue<{ readonly id: string; readonly json: string }>
  readonly #renewal: NodeJS.Timeout
  readonly #count: (settled: SettledCall) => void

  constructor(runtime: ServiceRuntime<'inference-proxy'>, parts: LedgerParts) {
    this.#runtime = runtime
    this.#parts = parts
    const { db, logger, metrics } = runtime
    this.#slices = new BudgetSlices({
      db,
      processId: uuidv7(),
      onError: (error) => logger.warn({ err: error }, 'slices of budgets could not be changed'),
    })
    const { maxConnections } = runtime.config.postgres
    const lanes = Math.max(1, Math.min(LANES, Math.floor(maxConnections / CONNECTIONS_PER_LANE)))
    this.#beginning = new BeginLanes({
      lanes: Array.from({ length: lanes }, () => runtime.openLane<BegunRow>(BEGIN_CALLS)),
      onLost: (holder) => this.#slices.lost(holder),
      onRecalled: (budgetId) => this.#slices.recalled(budgetId),
    })
    this.#count = settledMetrics(metrics)
    this.#opening = new OpenLane(async (calls) => {
      const refusals = await openCalls(db, calls)
      return calls.map(({ id }) => refusals.get(id))
    })
    const dropped = metrics.counter(METRICS.ledgerDropped)
    this.#settling = new SettleQueue({
      write: (calls) =>
        settleCallTexts(
          db,
          calls.map(({ json }) => json),
        ),
      onError: (error, lost) => {
        if (lost === undefined) return logger.warn({ err: error }, 'calls could not be settled yet')
        dropped.inc()
        logger.error({ err: error, callId: lost.id }, 'a call could not be settled')
      },
      delayMs: SETTLE_MS,
    })
    metrics.collect(METRICS.ledgerHeld, () => this.#settling.held)
    this.#renewal = setInterval(() => void this.#renew(), parts.leaseMs / 3).unref()
    runtime.onClose('ledger', async () => {
      clearInterval(this.#renewal)
      await this.#settling.flush()
      await this.#slices.close()
      this.#beginning.release()
    })
  }

  /**
   * Takes the worst case of a call from its limits and budgets, and opens its row. Throws RATE_LIMITED, BUDGET_EXCEEDED or MODEL_UNPRICED;
   * the row of a call that was refused says so. Throws VALIDATION_ERROR, without a row, for one whose usage no limit or budget could count.
   */
  async openCall(model: ModelCall): Promise<OpenedCall> {
    const caller = callerOf(model)
    const { budgets, prices, leaseMs } = this.#parts
    const bounds = await budgets.of(caller)
    const isCounted = bounds.hasBudget || bounds.counted.length > 0
    if (isCounted && model.reportsElsewhere !== undefined) throw notCounted(model.reportsElsewhere)
    const worst = this.#worstOf(model, bounds.maxOutputTokens)
    const taken = this.#take(bounds, worst)
    const call = new LedgerCall({
      caller,
      prices,
      inputEstimate: estimateInput(model.body),
      worstTokens: worst.tokens,
      worstMicros: worst.micros,
      tiers: model.tiers,
      unpricedTiers: worst.unpriced,
      waitsForRow: taken === undefined || model.overlaps !== true,
      firstTarget: model.targets[0],
      leaseMs,
      open: (opening) =>
        taken === undefined ? this.#openAlone(opening) : this.#begin(opening, taken),
      onSettled: (settled, end) => {
        this.#open.delete(caller.id)
        // What waits to be written outlives new objects, which are cheap only while they die young: one text instead of dozens of objects.
        this.#settling.add({ id: caller.id, json: settledCallJson(settled) })
        this.#record(callRecord(model, settled, end.error))
        this.#trace(model, settled)
        this.#count(settled)
      },
    })
    try {
      await call.open(await this.#counted(bounds, caller.id, worst.tokens, taken))
    } catch (error) {
      call.refuse(error)
      throw error
    }
    this.#open.set(caller.id, call)
    return { call, outputLimit: isCounted ? worst.outputLimit : undefined }
  }

  /** What `openCall` would take from limits and budgets. Takes nothing. `micros`: null for a target without a known price. */
  async worstCase(
    model: ModelCall,
  ): Promise<{ readonly tokens: number; readonly micros: number | null }> {
    const bounds = await this.#parts.budgets.of(callerOf(model))
    return this.#worstOf(model, bounds.maxOutputTokens)
  }

  /** Writes a call that came about elsewhere, and has ended. Nothing is written for one that has a row. */
  addSettled(settled: SettledCall): void {
    this.#settling.add({ id: settled.id, json: settledCallJson(settled) })
  }

  /** Ended calls that are not written yet. */
  get held(): number {
    return this.#settling.held
  }

  /** Writes what has ended. For tests, and for a process that closes. */
  flush(): Promise<void> {
    return this.#settling.flush()
  }

  #worstOf(model: ModelCall, bound: number | undefined): WorstUse {
    const { prices, defaultMaxOutputTokens } = this.#parts
    return worstCaseOf(prices, model, bound ?? defaultMaxOutputTokens)
  }

  /** What the call takes from slices; undefined where PostgreSQL must decide. */
  #take(
    { isExact, reserved }: CallBounds,
    worst: { tokens: number; micros: number | null },
  ): Partial<TakenSlices> | undefined {
    if (isExact) return undefined
    return reserved.length === 0 ? {} : this.#slices.take(reserved, worst)
  }

  /** Counts the call in Redis. Throws as `CallLimits.take`. */
  async #counted(
    { counted }: CallBounds,
    callId: string,
    worstTokens: number,
    taken: Partial<TakenSlices> | undefined,
  ): Promise<TakenLimits> {
    if (counted.length === 0) return NO_LIMITS
    try {
      return await this.#parts.limits.take(counted, callId, worstTokens)
    } catch (error) {
      if (isTaken(taken)) this.#slices.back(taken)
      throw error
    }
  }

  /** Writes the row of a call for which nothing has to be asked. */
  #begin(opening: OpeningCall, taken: Partial<TakenSlices>): OpeningRow {
    const { holder, amounts = {} } = taken
    const { written, row } = this.#beginning.add({ ...opening, slices: amounts, holder })
    return { written, row: row.then((refusal) => this.#begun(refusal, taken)) }
  }

  #begun(refusal: CallRefusal | undefined, taken: Partial<TakenSlices>): CallRefusal | undefined {
    if (refusal?.reason === 'duplicate' && isTaken(taken)) this.#slices.back(taken)
    return refusal
  }

  /** Reserves the worst case of one call in PostgreSQL, which alone decides near a limit. */
  #openAlone(opening: OpeningCall): OpeningRow {
    return { written: Promise.resolve(false), row: this.#openPatiently(opening) }
  }

  async #openPatiently(opening: OpeningCall): Promise<CallRefusal | undefined> {
    const deadline = performance.now() + RECALL_MS
    for (;;) {
      const waits = performance.now() < deadline
      // oxlint-disable-next-line no-await-in-loop -- until what is in slices has come back
      const refusal = await this.#opening.add({ ...opening, waits })
      if (refusal?.reason !== 'recalled') return refusal
      // oxlint-disable-next-line no-await-in-loop
      await this.#slices.recall(refusal.budgetId)
      // oxlint-disable-next-line no-await-in-loop
      await sleep(RECALL_PAUSE_MS)
    }
  }

  #record(record: CallRecord): void {
    // The recorder reports what it cannot write.
    this.#runtime.recordCall(record).catch(() => undefined)
  }

  /** The call as a span below the request of the client. */
  #trace({ traceparent }: ModelCall, settled: SettledCall): void {
    const { tracer } = this.#runtime
    if (tracer === undefined) return
    const attributes = genAiAttributes(settled)
    const { requestedModel, startedAt, endedAt, code } = settled
    const times = { startedAtMs: startedAt.getTime(), endedAtMs: endedAt.getTime() }
    const name = `${attributes[GEN_AI_ATTRIBUTES.OPERATION]} ${requestedModel}`
    tracer.record(name, 'client', traceparent, times, attributes, code ?? undefined)
  }

  async #renew(): Promise<void> {
    const calls = [...this.#open.values()].map((call) => ({ id: call.id, output: call.renew() }))
    if (calls.length === 0) return
    await renewCalls(this.#runtime.db, calls, this.#parts.leaseMs).catch((error: unknown) =>
      this.#runtime.logger.warn({ err: error }, 'open calls could not be renewed'),
    )
  }
}

function callerOf(call: ModelCall): LedgerCaller {
  const { id, identity, endpoint, streamed, session, tags = [] } = call
  const { orgIds = [], keyId, sessionId } = identity
  // The sweep prices the call of a proxy that was lost by its row.
  const ofTiers = tierTags(call.tiers)
  const allTags = ofTiers.length === 0 ? tags : [...tags, ...ofTiers]
  const targets = namesOf(call.targets)
  const subjects: (readonly [LedgerCaller['subjects'][number][0], string])[] = []
  if (call.countedKeyId !== undefined) subjects.push(['key', call.countedKeyId])
  subjects.push(['account', identity.id])
  for (const orgId of orgIds) subjects.push(['org', orgId])
  for (const target of targets) subjects.push(['model', target])
  return {
    id,
    parentId: call.parentCallId,
    accountId: identity.id,
    keyId,
    orgId: orgIds.length === 1 ? orgIds[0] : undefined,
    sessionId,
    turnId: session?.turnId,
    stepId: session?.stepId,
    runId: session?.runId,
    tags: allTags.length > 0 ? allTags : undefined,
    endpoint,
    requestedModel: storableText(call.requestedModel),
    streamed,
    startedAt: new Date(),
    subjects,
    targets,
  }
}

function namesOf(targets: readonly Target[]): readonly string[] {
  const names = targets.map((target) => storableText(targetName(target)))
  return names.length === 1 ? names : [...new Set(names)]
}

function isTaken(taken: Partial<TakenSlices> | undefined): taken is TakenSlices {
  return taken?.holder !== undefined
}
