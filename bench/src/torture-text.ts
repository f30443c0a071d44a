import { day, tableLine } from './page-parts.ts'
import type {
  ChaosRecord,
  LedgerTortureRecord,
  PlanTortureRecord,
  QueueTortureRecord,
  TortureRecord,
  WorkflowTortureRecord,
} from './torture-records.ts'

type Counts = Readonly<Record<string, number>>

const sumOf = (counts: Counts): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

/** Counts by what their names mean; a name without words stays. */
const inWords = (counts: Counts, words: Readonly<Record<string, string>>): Counts =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [words[name] ?? name, count]))

const FAULTS: Readonly<Record<string, string>> = {
  unanswered: 'calls that never ended for their caller',
  doubled: 'starts of a handler beyond one for each call and attempt',
  repeated: 'calls that must not be repeated and were started again',
  falseStatements: 'calls whose error stated that nothing ran, although it did',
  wrong: 'answers to another request, streams with gaps',
  notRecovered: 'kinds of call that did not work after all failures were repaired',
}

const many = (value: number): string => value.toLocaleString('en')

function list(title: string, what: string, counts: Readonly<Record<string, number>>): string {
  return [
    `| ${title} | ${what} |`,
    '|---|--:|',
    ...Object.entries(counts).map(([name, count]) => tableLine([name, many(count)])),
  ].join('\n')
}

const QUEUE_FAULTS: Readonly<Record<string, string>> = {
  lost: 'accepted calls without an end, or `safe` and `keyed` calls that did not complete',
  doubled: '`keyed` calls with more than one effect',
  repeated: '`never` calls with more than one effect',
  falseStatements:
    'completed calls without an effect, and failures that stated that nothing ran although it did',
}

export function queueTortureText(run: QueueTortureRecord | undefined): string {
  return `\`npm run torture -- queue\` queues calls of the three retry classes at a hub of real processes (a gateway, two coordinators, two brokers, three spokes with
key stores, its own Redis and PostgreSQL). Meanwhile it kills, freezes and restarts coordinators, brokers, Redis and PostgreSQL, kills and freezes spokes, and
empties Redis, one after the other. The spokes write each effect to files. Afterwards the queue is compared with
those files. \`--record\` writes the run to this page.
${queueResult(run)}

A \`never\` call that failed says that its outcome is unknown: its broker or its spoke was lost while the call ran. A \`keyed\` call that failed has the
code OUTCOME_UNKNOWN: its spoke was killed while the call ran.`
}

export function queueResult(run: QueueTortureRecord | undefined): string {
  if (run === undefined) return ''
  const failures = sumOf(run.injected)
  const faults = inWords(run.faults, QUEUE_FAULTS)
  return `
The recorded run, ${day(run.at)}: seed ${run.seed}, **${many(run.calls)} calls** in ${Math.round(run.seconds)} s, ${many(run.effects)} effects, **${failures} injected failures**.

${list('fault (must be 0)', 'count', faults)}

${list('injected failure', 'count', run.injected)}

${list('class and end of a call', 'calls', run.ends)}`
}

export function ledgerTortureText(run: LedgerTortureRecord | undefined): string {
  const what = `\`npm run torture -- ledger\` makes mixed calls of models in five protocols and their translations (whole answers, streams, cut streams,
refusals, answers without usage, clients that leave) through three proxies while proxies are killed and frozen and PostgreSQL and Redis are restarted.
Afterwards it compares each attempt of the ledger with one request in the journal of the provider, and each row with what its client saw: token for token and
micro for micro. An attempt without a request is a request that a proxy wrote to a connection which the provider had closed. \`--record\` writes the
run to this page.`
  if (run === undefined) return what
  const failures = sumOf(run.injected)
  return `${what}

The recorded run, ${day(run.at)}: seed ${run.seed}, **${many(run.calls)} calls** in ${Math.round(run.seconds)} s, ${many(run.requests)} requests at the provider, **${failures} injected failures**.

${list('injected failure', 'count', run.injected)}

${list('fault (must be 0)', 'count', run.faults)}

${list('who settled the row, and where its tokens come from', 'calls', run.ends)}`
}

const WORKFLOW_FAULTS: Readonly<Record<string, string>> = {
  differing: 'runs that did not end in the state of the undisturbed run',
  differingSteps: 'steps with another status or result than in the undisturbed run',
  lost: 'effects of `keyed` steps that are missing',
  doubled: '`keyed` steps with more than one effect',
}

export function workflowTortureText(run: WorkflowTortureRecord | undefined): string {
  const what = `\`npm run torture -- workflow\` runs a workflow with Maps, conditions, events, pauses and queued calls undisturbed, and then several times at once
while it injects the same failures as the torture of queued calls, except those of the spoke, until each kind of them has happened. Afterwards each run is compared with the
undisturbed one step by step, and the effects that the spoke wrote to a file are counted.`
  if (run === undefined) return what
  const failures = sumOf(run.injected)
  const faults = inWords(run.faults, WORKFLOW_FAULTS)
  return `${what}

The recorded run, ${day(run.at)}: seed ${run.seed}, **${run.runs} runs of ${run.steps} steps** in ${Math.round(run.seconds)} s (the undisturbed run ended after ${Math.round(run.undisturbedSeconds)} s), ${many(run.effects)} effects, **${failures} injected failures**.

${list('fault (must be 0)', 'count', faults)}

${list('injected failure', 'count', run.injected)}

${list('end of a run', 'runs', run.ends)}`
}

const PLAN_FAULTS: Readonly<Record<string, string>> = {
  tasks: 'tasks that were not completed exactly once',
  tree: 'a merged tree that is not that of the undisturbed run, or a commit that is missing or there twice',
  repeated: '`never` calls with more than one effect',
  keyed: '`keyed` calls that did not have exactly one effect',
  unexplained: 'sessions in a state without a reason',
  invariants: 'broken invariants at the end',
}

export function planTortureText(run: PlanTortureRecord | undefined): string {
  const what = `\`npm run torture -- plan\` works on a plan of 24 tasks with \`alkhub coord run\`, eight sessions at a time in worktrees of one git repository that three dev
spokes serve: undisturbed, and then again while it injects the same failures as the torture of queued calls, as often as it takes until each kind of them has
happened. Each task calls two operations that count their effects in a file, writes two files, commits and is checked; its branch is merged.`
  if (run === undefined) return what
  const failures = sumOf(run.injected)
  const faults = inWords(run.faults, PLAN_FAULTS)
  return `${what}

The recorded run, ${day(run.at)}: seed ${run.seed}, **${run.tasks} tasks** in ${Math.round(run.seconds)} s (the undisturbed run ended after ${Math.round(run.undisturbedSeconds)} s), ${run.sessions} sessions, ${many(run.effects)} effects, **${failures} injected failures**.

${list('fault (must be 0)', 'count', faults)}

${list('injected failure', 'count', run.injected)}

${list('status of a session at the end', 'sessions', run.ends)}`
}

const CHAOS_FAULTS: Readonly<Record<string, string>> = {
  unanswered: 'requests without an end',
  wrong: 'answers to another request, streams that are not whole',
  doubled: 'starts of a handler beyond one for each call id and attempt',
  repeated: 'calls that must not be repeated and were',
  falseStatements: 'errors that say that nothing ran, although it did',
  uncoded: 'error answers without a code',
  refused: 'error answers that say that the request or the hub is at fault',
  ofStages: 'attackers or sockets that were not treated as they must be',
  notRecovered: 'kinds of request that did not work again within 30 s',
  died: 'processes that ended without being killed',
}

export const CHAOS = `\`npm run torture -- chaos\` makes calls of spokes, hub operations, MCP calls and calls of models at a hub of real processes, while it kills and freezes
each service, empties and fills Redis, slows PostgreSQL down, and attacks the gateway: 2,000 sockets at once, slow clients, oversized requests, a flood of keys that do
not exist, a model server that hangs after its headers. After each of them every kind of request must work again. [The review](../reviews/operations.md#chaos)
lists what other tests cover.`
export const HOSTS = `\`npm run torture -- hosts\` makes the same requests at a hub whose parts and spokes have a network namespace each, and parts every two of them for 3 to 6 s:
what each sends to the other is lost, and connections stay open on both sides.`
export const POOLER = `\`npm run torture -- pooler\` makes the same requests at a hub behind PgBouncer in transaction mode, while it kills and freezes PgBouncer, and the PostgreSQL
behind it, for 0.3 to 6 s each.`

export function chaosText(what: string, run: ChaosRecord | undefined): string {
  if (run === undefined) return what
  const faults = inWords(run.faults, CHAOS_FAULTS)
  return `${what}

The recorded run, ${day(run.at)}: seed ${run.seed}, **${run.rounds} rounds** in ${Math.round(run.seconds)} s, ${many(run.calls)} requests, ${many(run.starts)} handler starts.

${list('fault (must be 0)', 'count', faults)}

${list('injected', 'count', run.injected)}

${list('end of a request', 'requests', run.ends)}`
}

export function tortureText(run: TortureRecord): string {
  const failures = sumOf(run.injected)
  const faults = inWords(run.faults, FAULTS)
  return `\`npm run torture\` loads a hub of real processes (a gateway, two brokers, five spokes, its own Redis and PostgreSQL) with calls over
HTTP and WebSocket. Meanwhile it kills, freezes, restarts and disconnects parts of the hub, and records each start of a handler in a
file that survives the process. The seed selects the calls and the failures, so that a run can be repeated.
\`npm run torture -- --record\` writes its run to this page.

The recorded run, ${day(run.at)}: seed ${run.seed}, **${many(run.calls)} calls** in ${Math.round(run.seconds)} s, ${many(run.starts)} handler starts, **${failures} injected failures**. Calls
have 8 s; the slowest answer took ${(run.slowestMs / 1000).toFixed(1)} s.

${list('fault (must be 0)', 'count', faults)}

${list('injected failure', 'count', run.injected)}

${list('end of a call', 'calls', run.ends)}

\`ok\` is an answer, \`left\` a caller that disconnected on purpose. The others are error codes, each of which states what is known of
the call ([errors](errors.md)).`
}
