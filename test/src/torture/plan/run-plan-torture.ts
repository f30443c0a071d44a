import { writeFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sleep } from '@alkdev/std'
import { readInvariants } from '@alkdev/storage/coordination'
import { commandMain } from '../../programs.ts'
import { Machine } from '../machine.ts'
import { EACH_FAILURE, queueChaos } from '../queue/queue-chaos.ts'
import type { QueueFailure } from '../queue/queue-chaos.ts'
import { Random } from '../random.ts'
import type { TortureStack } from '../stack.ts'
import { fixtureFiles, fixtureTasks, planScript, taskFile } from './plan-fixture.ts'
import type { FixtureTask } from './plan-fixture.ts'
import { startPlanStack } from './plan-stack.ts'
import type { Place } from './plan-stack.ts'

export interface PlanTortureOptions {
  readonly seed: number
  readonly tasks: number
  /** Sessions that work at a time. */
  readonly sessions: number
  readonly spokes: number
  readonly coordinators: number
  /** Works on the plan undisturbed as well, and compares the trees. Else the tree is compared with the files that the tasks name. */
  readonly withUndisturbed: boolean
  readonly pauseMs: readonly [number, number]
  /**
   * These failures, each once, while the plan is worked on; else one of each kind and then random ones, and the plan is worked on again, in another
   * repository, until each kind has happened.
   */
  readonly script?: readonly QueueFailure[]
  /** Milliseconds after which the torture fails. */
  readonly maxMs: number
  readonly onProgress?: (sentence: string) => void
}

export interface PlanTortureSummary {
  readonly seed: number
  /** Of all disturbed rounds. */
  readonly tasks: number
  /** How often the plan was worked on while failures were injected. */
  readonly rounds: number
  readonly sessions: number
  readonly seconds: number
  /** 0 without an undisturbed run. */
  readonly undisturbedSeconds: number
  readonly injected: Readonly<Record<string, number>>
  /** Sessions by status. */
  readonly ends: Readonly<Record<string, number>>
  readonly effects: number
  readonly faults: {
    /** Tasks that are not completed exactly once. */
    readonly tasks: number
    /** Merged trees that are not that of an undisturbed run, or with a commit that is missing or there twice. */
    readonly tree: number
    /** `never` calls that ran twice. */
    readonly repeated: number
    /** `keyed` calls that were answered and did not run once. */
    readonly keyed: number
    /** Sessions that have ended or wait without a reason. */
    readonly unexplained: number
    /** Sum of the broken invariants. */
    readonly invariants: number
  }
}

/**
 * Works on a plan with `alkhub coord run` on dev spokes of one repository while coordinators, brokers, spokes, Redis and PostgreSQL are killed and frozen.
 * Compares the merged tree with that of an undisturbed run, and counts the effects at a spoke.
 */
export async function runPlanTorture(options: PlanTortureOptions): Promise<PlanTortureSummary> {
  const { onProgress = () => undefined } = options
  await using stack = new AsyncDisposableStack()
  const tasks = fixtureTasks(options.tasks)
  const { coordinators: count } = options
  const started = stack.use(
    await startPlanStack({ coordinators: count, script: planScript(tasks) }),
  )
  const { hub, home, coordinators } = started
  const from = performance.now()
  const until = from + options.maxMs
  const plan = join(home, 'plan')
  await mkdir(plan)
  for (const task of tasks)
    // oxlint-disable-next-line no-await-in-loop -- small files
    await writeFile(join(plan, `${task.slug}.md`), taskFile(task))
  const seconds = (): number => Math.round((performance.now() - from) / 100) / 10
  const shared = { hub, options, plan, until, onProgress }

  const first = options.withUndisturbed ? stack.use(await started.startPlace('calm', 1)) : undefined
  if (first !== undefined) await work({ ...shared, place: first, project: 'calm' })
  const undisturbedSeconds = first === undefined ? 0 : seconds()
  if (first !== undefined) onProgress(`${undisturbedSeconds} s: the undisturbed run is done`)

  const stopped = new AbortController()
  /** Those of the round that goes on, and the ones whose operations count. */
  const spokes = [...hub.spokes]
  const missing = new Set<QueueFailure>(options.script === undefined ? EACH_FAILURE : [])
  const storms: Place[] = []
  let injection: ReturnType<typeof queueChaos> | undefined
  try {
    do {
      const project = `storm-${storms.length}`
      // oxlint-disable no-await-in-loop -- one round after the other
      const place = stack.use(await started.startPlace(project, options.spokes))
      storms.push(place)
      spokes.splice(hub.spokes.length, Infinity, ...place.spokes)
      injection ??= queueChaos({
        stack: { ...hub, spokes },
        coordinators,
        random: new Random(options.seed),
        pauseMs: options.pauseMs,
        failSpokes: true,
        ...(options.script && { script: options.script }),
        eachFirst: options.script === undefined,
        signal: stopped.signal,
        onFailure: (what) => {
          missing.delete(what)
          onProgress(`${seconds()} s: ${what}`)
        },
      })
      injection.catch(() => undefined)
      await work({ ...shared, place, project })
      onProgress(`${seconds()} s: round ${storms.length} is done, without ${missing.size} kinds`)
      // oxlint-enable no-await-in-loop
    } while (missing.size > 0 && performance.now() < until)
    if (options.script !== undefined) await injection
  } finally {
    // Before the processes end that it would start again.
    stopped.abort()
    await injection?.catch(() => undefined)
  }
  const injected = Object.fromEntries((await injection) ?? [])
  const broken = await settled(hub)
  const effects = await readEffects(hub)
  const counts = await hub.database.sql<
    { retry: string; n: number; calls: number; done: number }[]
  >`
    select split_part(operation_name, '.', 2) as retry, (input::jsonb ->> 'n')::int as n, count(*)::int as calls,
      count(*) filter (where status = 'done')::int as done
    from tool_calls where operation_name in ('count.keyed', 'count.never') group by 1, 2`
  const of = (retry: string, n: number): number => effects.get(`${retry} ${n}`) ?? 0
  const completions = await hub.database.sql<{ slug: string; n: number }[]>`
    select t.slug, t.completions as n from tasks t join projects p on p.id = t.project_id where p.slug like 'storm-%'`
  const sessions = await hub.database.sql<{ status: string; reason: boolean; n: number }[]>`
    select s.status::text as status, (s.end_reason is not null or s.stop_reason is not null or s.status in ('queued', 'running')
      or s.waiting_on is not null or s.mode = 'external') as reason, count(*)::int as n
    from sessions s group by 1, 2`
  const places = [...storms, ...(first === undefined ? [] : [first])]
  const wrongTrees = places.map((place) => differenceOf(place, tasks)).filter((one) => one !== '')
  for (const one of wrongTrees) onProgress(one)
  return {
    seed: options.seed,
    tasks: tasks.length * storms.length,
    rounds: storms.length,
    sessions: sessions.reduce((sum, { n }) => sum + n, 0),
    seconds: seconds(),
    undisturbedSeconds,
    injected,
    ends: sumsOf(sessions),
    effects: [...effects.values()].reduce((sum, n) => sum + n, 0),
    faults: {
      tasks: tasks.length * storms.length - completions.filter(({ n }) => n === 1).length,
      tree: wrongTrees.length,
      repeated: counts.filter(({ retry, n, calls }) => retry === 'never' && of(retry, n) > calls)
        .length,
      keyed: counts.filter(
        ({ retry, n, calls, done }) =>
          retry === 'keyed' && (of(retry, n) > calls || of(retry, n) < done),
      ).length,
      unexplained: sessions.filter(({ reason }) => !reason).reduce((sum, { n }) => sum + n, 0),
      invariants: broken,
    },
  }
}

function sumsOf(
  counted: readonly { readonly status: string; readonly n: number }[],
): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { status, n } of counted) sums[status] = (sums[status] ?? 0) + n
  return sums
}

/** The sum of the broken invariants when it is 0, else that after two minutes: the sweeps need a moment for what the last failure left. */
async function settled({ database: { db } }: TortureStack): Promise<number> {
  for (const end = Date.now() + 120_000; ;) {
    // oxlint-disable no-await-in-loop -- one look after the other
    const broken = Object.values(await readInvariants(db, 5000))
    const sum = broken.reduce((all, one) => all + one, 0)
    if (sum === 0 || Date.now() > end) return sum
    await sleep(1000)
    // oxlint-enable no-await-in-loop
  }
}

/** How the merged tree and its commits differ from what the tasks name; empty when they do not. */
function differenceOf(place: Place, tasks: readonly FixtureTask[]): string {
  const { repository } = place
  const subjects = repository.subjects('plan/result')
  const expected = ['first', ...tasks.map(({ slug }) => slug)]
  const missing = expected.filter((one) => !subjects.includes(one))
  const surplus = subjects.filter(
    (one, at) => !expected.includes(one) || subjects.indexOf(one) < at,
  )
  const files = repository.git('diff', '--name-status', treeOf(place, tasks), 'plan/result^{tree}')
  if (missing.length + surplus.length === 0 && files === '') return ''
  return `${place.names[0]}: commits that are missing: ${missing.join(', ')}; surplus: ${surplus.join(', ')}; files: ${files}`
}

/** The id of the tree with the first commit and the files of the tasks. */
function treeOf({ repository }: Place, tasks: readonly FixtureTask[]): string {
  for (const [name, content] of fixtureFiles(tasks)) {
    writeFileSync(join(repository.folder, name), content)
    repository.git('add', '--', name)
  }
  return repository.git('write-tree')
}

interface Work {
  readonly hub: TortureStack
  readonly options: PlanTortureOptions
  readonly plan: string
  readonly place: Place
  readonly project: string
  readonly until: number
  readonly onProgress: (sentence: string) => void
}

/** Runs the command until it says that all is done; one that gave up, for instance because the hub did not answer, is started again. */
async function work({
  hub,
  options,
  plan,
  place,
  project,
  until,
  onProgress,
}: Work): Promise<void> {
  for (;;) {
    const machine = new Machine({
      name: 'run',
      cwd: place.repository.folder,
      args: [
        commandMain(),
        'coord',
        'run',
        plan,
        '--project',
        project,
        '--model',
        'scripted/worker',
      ]
        .concat(['--into', 'plan/result', '--max', String(options.sessions)])
        .concat(place.names.flatMap((name) => ['--spoke', name]))
        .concat(['--hub', hub.gateway.url, '--key-file', hub.keyFile]),
    })
    machine.start()
    // oxlint-disable no-await-in-loop -- one run after the other
    while (machine.running && performance.now() < until) await sleep(250)
    const { said } = machine
    await machine.stop()
    if (said.includes(`${options.tasks} of ${options.tasks} tasks done`)) return
    onProgress(`the run ended: ${said.slice(-400)}`)
    if (performance.now() > until)
      throw new Error(`The plan was not done in time: ${said.slice(-2000)}`)
    await sleep(1000)
    // oxlint-enable no-await-in-loop
  }
}

/** How often each call had its effect. */
async function readEffects({ startsFiles }: TortureStack): Promise<ReadonlyMap<string, number>> {
  const effects = new Map<string, number>()
  for (const file of startsFiles) {
    // oxlint-disable-next-line no-await-in-loop -- one file
    const text = await readFile(file, 'utf8').catch(() => '')
    for (const line of text.split('\n'))
      if (line !== '') effects.set(line, (effects.get(line) ?? 0) + 1)
  }
  return effects
}
