import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compact, sleep, uuidv7 } from '@alkdev/std'
import { Random } from '../random.ts'
import type { ReplicatedRedis } from '../replicated-redis.ts'
import { startTortureStack } from '../stack.ts'
import type { TortureStack } from '../stack.ts'
import { queueChaos } from './queue-chaos.ts'
import type { QueueFailure } from './queue-chaos.ts'

const CLASSES = ['safe', 'keyed', 'never'] as const
type RetryClass = (typeof CLASSES)[number]

export interface QueueTortureOptions {
  readonly seed: number
  readonly calls: number
  /** Calls of one request. */
  readonly batch: number
  readonly coordinators: number
  readonly spokes: number
  readonly pauseMs: readonly [number, number]
  /** These failures, each once; else random ones until all calls have ended. */
  readonly script?: readonly QueueFailure[]
  /** Milliseconds that a call works at the spoke, from and to. */
  readonly workMs: readonly [number, number]
  /** Milliseconds after which the run fails. */
  readonly maxMs: number
  /** As in `StackSize`. */
  readonly redis?: ReplicatedRedis
  /** As in `StackSize`. */
  readonly pooled?: boolean
  readonly onProgress?: (sentence: string) => void
}

export interface QueueTortureSummary {
  readonly seed: number
  readonly calls: number
  readonly seconds: number
  readonly injected: Readonly<Record<string, number>>
  /** Calls by class and status. */
  readonly ends: Readonly<Record<string, number>>
  readonly effects: number
  readonly faults: {
    /**
     * Accepted calls that are unknown, have not ended, or failed although their class allows a repetition. A `keyed` call whose spoke was
     * killed while it ran may fail with OUTCOME_UNKNOWN.
     */
    readonly lost: number
    /** `keyed` calls with more than one effect. */
    readonly doubled: number
    /** `never` calls with more than one effect. */
    readonly repeated: number
    /** Calls that completed without an effect, and calls that say that nothing ran although it did. */
    readonly falseStatements: number
  }
}

/** Queues calls and kills, freezes and empties everything below them; then compares what the hub says with the effects at the spokes. */
export async function runQueueTorture(options: QueueTortureOptions): Promise<QueueTortureSummary> {
  const { onProgress = () => undefined } = options
  await using stack = await startTortureStack({
    brokers: 2,
    spokes: options.spokes,
    spokeScript: join(import.meta.dirname, 'queue-spoke-process.ts'),
    drainBudgetMs: 5000,
    ...compact({ redis: options.redis, pooled: options.pooled }),
  })
  const coordinators = await Promise.all(
    Array.from({ length: options.coordinators }, () => stack.add('coordinator')),
  )
  const random = new Random(options.seed)
  const from = performance.now()
  const seconds = (): number => Math.round((performance.now() - from) / 100) / 10
  const until = from + options.maxMs
  const stopped = new AbortController()
  const injection = queueChaos({
    stack,
    coordinators,
    random: new Random(random.between(0, 0xffff_ffff)),
    pauseMs: options.pauseMs,
    failSpokes: true,
    ...(options.script && { script: options.script }),
    signal: stopped.signal,
    onFailure: (what) => onProgress(`${seconds()} s: ${what}`),
  })
  injection.catch(() => undefined)
  const accepted = await submit(stack, options, random, until)
  onProgress(`${seconds()} s: ${accepted.size} calls are accepted`)
  // A scripted run needs all its failures; a random one all its calls.
  if (options.script !== undefined) await injection
  await untilEnded(stack, until, (left) => onProgress(`${seconds()} s: ${left} calls left`))
  stopped.abort()
  const injected = await injection
  // A call may be left over from the last failure.
  await untilEnded(stack, until)
  return await verdict(stack, options, accepted, Object.fromEntries(injected), seconds())
}

type Accepted = ReadonlyMap<string, { readonly retry: RetryClass; readonly n: number }>

/** Queues all calls, with ids of its own, so that a request without an answer can be sent again. */
async function submit(
  { gateway, key }: TortureStack,
  { calls, batch, workMs }: QueueTortureOptions,
  random: Random,
  until: number,
): Promise<Accepted> {
  const accepted = new Map<string, { readonly retry: RetryClass; readonly n: number }>()
  for (let from = 0; from < calls; from += batch) {
    const list = Array.from({ length: Math.min(batch, calls - from) }, (_, at) => {
      const n = from + at
      const retry = CLASSES[n % CLASSES.length] ?? 'safe'
      const callId = uuidv7()
      accepted.set(callId, { retry, n })
      return {
        callId,
        operationId: `count.${retry}`,
        input: { n, ms: random.between(...workMs) },
        maxAttempts: 100,
        backoffMs: 200,
        timeoutMs: 60_000,
      }
    })
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      const status = await post(`${gateway.url}/api/operations/calls.enqueueMany`, key, {
        calls: list,
      })
      if (status === 200) break
      if (performance.now() > until) throw new Error(`calls are not accepted: ${status}`)
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleep(250)
    }
  }
  return accepted
}

async function post(url: string, key: string, body: unknown): Promise<number> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(35_000),
    })
    await response.text()
    return response.status
  } catch {
    return 0
  }
}

async function untilEnded(
  { database }: TortureStack,
  until: number,
  onLeft: (calls: number) => void = () => undefined,
): Promise<void> {
  for (let at = 0; ; at += 1) {
    // oxlint-disable-next-line no-await-in-loop -- until none is left
    const [row] = await database.sql<{ left: number }[]>`
      select count(*)::int as left from queued_calls where status in ('accepted', 'running')`.catch(
      () => [],
    )
    if (row?.left === 0) return
    if (row !== undefined && at % 20 === 19) onLeft(row.left)
    if (performance.now() > until) return
    // oxlint-disable-next-line no-await-in-loop -- as above
    await sleep(500)
  }
}

interface Row {
  readonly id: string
  readonly status: string
  readonly error: string | null
}

async function verdict(
  stack: TortureStack,
  { seed }: QueueTortureOptions,
  accepted: Accepted,
  injected: Readonly<Record<string, number>>,
  seconds: number,
): Promise<QueueTortureSummary> {
  const rows = await stack.database.sql<Row[]>`
    select q.id, q.status::text, r.error from queued_calls q left join queued_call_results r on r.call_id = q.id`
  const byId = new Map(rows.map((row) => [row.id, row]))
  const effects = await readEffects(stack)
  const ends: Record<string, number> = {}
  const faults = { lost: 0, doubled: 0, repeated: 0, falseStatements: 0 }
  for (const [id, { retry, n }] of accepted) {
    const row = byId.get(id)
    const count = effects.get(`${retry} ${n}`) ?? 0
    const end = `${retry} ${row?.status ?? 'unknown'}`
    ends[end] = (ends[end] ?? 0) + 1
    const mayFail = retry === 'never' || (retry === 'keyed' && codeOf(row) === 'OUTCOME_UNKNOWN')
    const isEnded = row?.status === 'completed' || (mayFail && row?.status === 'failed')
    if (!isEnded) faults.lost += 1
    if (retry === 'keyed' && count > 1) faults.doubled += 1
    if (retry === 'never' && count > 1) faults.repeated += 1
    const saysNothingRan = row?.status === 'failed' && !saysUnknown(row.error)
    if (row?.status === 'completed' ? count === 0 : saysNothingRan && count > 0)
      faults.falseStatements += 1
  }
  const total = [...effects.values()].reduce((sum, count) => sum + count, 0)
  return { seed, calls: accepted.size, seconds, injected, ends, effects: total, faults }
}

interface Failure {
  readonly code?: unknown
  readonly details?: { readonly outcome?: unknown }
}

const codeOf = (row: Row | undefined): unknown => (JSON.parse(row?.error ?? '{}') as Failure).code

function saysUnknown(error: string | null): boolean {
  const { code, details } = JSON.parse(error ?? '{}') as Failure
  const outcome = details?.outcome
  return outcome === 'unknown' || outcome === 'completed' || code === 'OUTCOME_UNKNOWN'
}

/** How often each call had its effect. */
async function readEffects({ startsFiles }: TortureStack): Promise<Map<string, number>> {
  const effects = new Map<string, number>()
  for (const file of startsFiles) {
    // oxlint-disable-next-line no-await-in-loop -- a few files
    const text = await readFile(file, 'utf8').catch(() => '')
    for (const line of text.split('\n'))
      if (line !== '') effects.set(line, (effects.get(line) ?? 0) + 1)
  }
  return effects
}
