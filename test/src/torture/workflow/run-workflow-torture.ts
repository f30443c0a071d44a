import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sleep, uuidv7 } from '@alkdev/std'
import { EACH_FAILURE, queueChaos } from '../queue/queue-chaos.ts'
import type { QueueFailure } from '../queue/queue-chaos.ts'
import { Random } from '../random.ts'
import { startTortureStack } from '../stack.ts'
import type { TortureStack } from '../stack.ts'
import { BLOCK_STEPS, keyedEffects, tortureInput, tortureTemplate } from './torture-workflow.ts'

/** Numbers of the calls of one run. */
const RUN_NUMBERS = 100_000

export interface WorkflowTortureOptions {
  readonly seed: number
  /** Blocks of the workflow, of ten steps each. */
  readonly blocks: number
  /** Runs at a time while everything is killed. Without a script, as many more are started as it takes until each kind of failure has happened. */
  readonly runs: number
  readonly coordinators: number
  readonly pauseMs: readonly [number, number]
  /** These failures, each once; else random ones until all runs have ended. */
  readonly script?: readonly QueueFailure[]
  /** Milliseconds that a call works at the spoke. */
  readonly workMs: number
  /** Milliseconds after which the torture fails. */
  readonly maxMs: number
  readonly onProgress?: (sentence: string) => void
}

export interface WorkflowTortureSummary {
  readonly seed: number
  readonly runs: number
  /** Steps of each run. */
  readonly steps: number
  readonly seconds: number
  /** Of the run that nothing disturbed. */
  readonly undisturbedSeconds: number
  readonly injected: Readonly<Record<string, number>>
  /** Runs by status. */
  readonly ends: Readonly<Record<string, number>>
  readonly effects: number
  readonly faults: {
    /** Runs that have not ended in the state of the undisturbed one. */
    readonly differing: number
    /** Steps whose status or result differs. */
    readonly differingSteps: number
    /** Effects of `keyed` operations that are missing, and that happened twice. */
    readonly lost: number
    readonly doubled: number
  }
}

/**
 * Runs a workflow undisturbed, and then again while everything below it is killed, frozen and emptied; compares the ends of the runs step by step, and the
 * effects at the spoke.
 */
export async function runWorkflowTorture(
  options: WorkflowTortureOptions,
): Promise<WorkflowTortureSummary> {
  const { blocks, runs, onProgress = () => undefined } = options
  await using stack = await startTortureStack({
    brokers: 2,
    spokes: 1,
    spokeScript: join(import.meta.dirname, '../queue/queue-spoke-process.ts'),
    drainBudgetMs: 5000,
    sections: { queue: { maxAttempts: 50, backoffMs: 200 } },
  })
  const coordinators = await Promise.all(
    Array.from({ length: options.coordinators }, () => stack.add('coordinator')),
  )
  const from = performance.now()
  const seconds = (): number => Math.round((performance.now() - from) / 100) / 10
  const until = from + options.maxMs
  const created = { name: 'torture', template: tortureTemplate(blocks) }
  await insist(stack, 'workflows.create', created, until)
  const [undisturbed = ''] = await start(stack, options, 0, 1, until)
  await untilEnded(stack, [undisturbed], until)
  const undisturbedSeconds = seconds()
  const expected = await stateOf(stack, undisturbed, 0, until)
  onProgress(`${undisturbedSeconds} s: the undisturbed run is ${expected.status}`)

  const random = new Random(options.seed)
  const isRandom = options.script === undefined
  // A keyed step whose spoke is killed fails with OUTCOME_UNKNOWN, which no undisturbed run has.
  const kinds = EACH_FAILURE.filter((what) => !what.startsWith('spoke'))
  const missing = new Set<QueueFailure>(isRandom ? kinds : [])
  const stopped = new AbortController()
  const injection = queueChaos({
    stack,
    coordinators,
    random,
    pauseMs: options.pauseMs,
    failSpokes: false,
    eachFirst: isRandom,
    ...(options.script && { script: options.script }),
    signal: stopped.signal,
    onFailure: (what) => {
      missing.delete(what)
      onProgress(`${seconds()} s: ${what}`)
    },
  })
  injection.catch(() => undefined)
  const ids: string[] = []
  do {
    // oxlint-disable-next-line no-await-in-loop -- one group of runs after the other
    ids.push(...(await start(stack, options, ids.length + 1, runs, until)))
    onProgress(`${seconds()} s: ${ids.length} runs are started`)
    // A scripted torture needs all its failures; a random one all its runs.
    // oxlint-disable-next-line no-await-in-loop -- as above
    if (!isRandom) await injection
    // oxlint-disable-next-line no-await-in-loop -- as above
    await untilEnded(stack, ids, until, (left) => onProgress(`${seconds()} s: ${left} runs left`))
  } while (missing.size > 0 && performance.now() < until)
  stopped.abort()
  const injected = Object.fromEntries(await injection)
  const ends: Record<string, number> = {}
  const faults = { differing: 0, differingSteps: 0, lost: 0, doubled: 0 }
  const effects = await readEffects(stack)
  for (const [at, id] of ids.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- one run after the other
    const state = await stateOf(stack, id, at + 1, until)
    ends[state.status] = (ends[state.status] ?? 0) + 1
    const keys = new Set([...expected.steps.keys(), ...state.steps.keys()])
    const differing = [...keys].filter((key) => expected.steps.get(key) !== state.steps.get(key))
    for (const key of differing.slice(0, 5))
      onProgress(`${id}: ${key} is ${state.steps.get(key)}, not ${expected.steps.get(key)}`)
    faults.differingSteps += differing.length
    if (state.status !== expected.status || differing.length > 0) faults.differing += 1
    const counts = [...effects].filter(([effect]) => isOf(effect, at + 1)).map(([, count]) => count)
    faults.lost += Math.max(0, keyedEffects(blocks) - counts.length)
    faults.doubled += counts.filter((count) => count > 1).length
  }
  if (expected.status !== 'completed') faults.differing += 1
  const total = [...effects.values()].reduce((sum, count) => sum + count, 0)
  return {
    seed: options.seed,
    runs: ids.length,
    steps: blocks * BLOCK_STEPS,
    seconds: seconds(),
    undisturbedSeconds,
    injected,
    ends,
    effects: total,
    faults,
  }
}

function isOf(effect: string, run: number): boolean {
  const [retry, n] = effect.split(' ')
  return retry === 'keyed' && Math.floor(Number(n) / RUN_NUMBERS) === run
}

/** Starts runs and sends them their events, with ids of its own: what gets no answer is sent again. */
async function start(
  stack: TortureStack,
  { blocks, workMs }: WorkflowTortureOptions,
  first: number,
  count: number,
  until: number,
): Promise<readonly string[]> {
  const ids: string[] = []
  for (let run = first; run < first + count; run += 1) {
    const runId = uuidv7()
    const input = tortureInput(blocks, run * RUN_NUMBERS, workMs)
    // oxlint-disable-next-line no-await-in-loop -- one request after the other
    await insist(stack, 'workflows.run', { name: 'torture', runId, input }, until)
    ids.push(runId)
    for (let block = 0; block < blocks; block += 2) {
      const signal = { runId, event: `go-${block}`, data: { block }, signalId: uuidv7() }
      // oxlint-disable-next-line no-await-in-loop -- as above
      await insist(stack, 'workflows.signal', signal, until)
    }
  }
  return ids
}

interface Answer {
  readonly data: unknown
}

/** Repeats a request until it is answered. */
async function insist(
  { gateway, key }: TortureStack,
  operation: string,
  input: unknown,
  until: number,
): Promise<unknown> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- until it is answered
    const { status, text } = await fetch(`${gateway.url}/api/operations/${operation}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
      signal: AbortSignal.timeout(35_000),
    }).then(
      async (response) => ({ status: response.status, text: await response.text() }),
      (error: unknown) => ({ status: 0, text: String(error) }),
    )
    if (status === 200) return (JSON.parse(text) as Answer).data
    if (performance.now() > until)
      throw new Error(`${operation} is not answered: ${status} ${text}`)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await sleep(250)
  }
}

interface RunEndState {
  readonly status: string
  /** Status and result by step; the numbers of its calls are those within the run. */
  readonly steps: ReadonlyMap<string, string>
}

interface RunView {
  readonly run: {
    readonly status: string
    readonly steps: readonly { readonly step: string; readonly status: string }[]
  }
}

async function stateOf(
  stack: TortureStack,
  runId: string,
  run: number,
  until: number,
): Promise<RunEndState> {
  const view = (await insist(stack, 'workflows.get', { runId }, until)) as RunView
  const rows = await stack.database.sql<{ nodeKey: string; data: string }[]>`
    select node_key as "nodeKey", data from workflow_run_events
    where run_id = ${runId} and type = 'call.responded' order by seq`
  const outputs = new Map(
    rows.map(({ nodeKey, data }) => {
      const { output } = JSON.parse(data) as { output?: { n?: number } }
      const n = output?.n === undefined ? undefined : output.n - run * RUN_NUMBERS
      return [nodeKey, JSON.stringify(n === undefined ? output : { n })]
    }),
  )
  const steps = new Map(
    view.run.steps.map(({ step, status }) => [step, `${status} ${outputs.get(step) ?? ''}`]),
  )
  return { status: view.run.status, steps }
}

async function untilEnded(
  { database }: TortureStack,
  ids: readonly string[],
  until: number,
  onLeft: (runs: number) => void = () => undefined,
): Promise<void> {
  for (let at = 0; ; at += 1) {
    // oxlint-disable-next-line no-await-in-loop -- until none is left
    const [row] = await database.sql<{ left: number }[]>`
      select count(*)::int as left from workflow_runs where id = any(${[...ids]}) and ended_at is null`.catch(
      () => [],
    )
    if (row?.left === 0) return
    if (row !== undefined && at % 20 === 19) onLeft(row.left)
    if (performance.now() > until) return
    // oxlint-disable-next-line no-await-in-loop -- as above
    await sleep(500)
  }
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
