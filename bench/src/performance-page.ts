import { descriptions } from './descriptions.ts'
import type { HostFacts } from './host-facts.ts'
import type { Measurement, Report } from './report.ts'
import { cells } from './table.ts'

/** A run of `npm run torture -- --record`. */
export interface TortureRecord {
  /** When it ended, ISO 8601. */
  readonly at: string
  readonly seed: number
  readonly calls: number
  readonly seconds: number
  readonly starts: number
  readonly slowestMs: number
  /** Injected failures, ends of calls, and faults (which must be zero), each by its kind. */
  readonly injected: Readonly<Record<string, number>>
  readonly ends: Readonly<Record<string, number>>
  readonly faults: Readonly<Record<string, number>>
}

/** `docs/reference/performance.md`. `notes` is handwritten Markdown: why a target is not met. */
export function performancePage(report: Report, torture: TortureRecord, notes: string): string {
  const rows = Object.values(report.results).flatMap((one) => one.rows)
  const judged = rows.filter((row) => row.ok !== undefined)
  const met = judged.filter((row) => row.ok === true).length
  const sections = Object.entries(descriptions).map(([name, { title, how }]) => {
    const failure = report.failures[name]
    return [
      `### ${title}`,
      ...(failure ? [`**The last run, on ${day(failure.at)}, failed**: ${failure.message}`] : []),
      how,
      measured(name, report.results[name]),
    ].join('\n\n')
  })
  return `# Performance

Generated from \`bench/results/\` by \`npm run bench\` or \`node bench/src/write-reference.ts\`; a test compares it.

${met} of ${judged.length} measured targets are met. Other targets have no bench; the notes at the end list them.

## How it is measured

Everything runs on **one machine**: the caller, the services, the spokes, Redis and PostgreSQL share its cores and take time from
each other. A hub on several machines has more cores. Calls through the hub use the whole path: real processes, real sockets, a real
PostgreSQL and Redis, with access control, validation, recording and metrics enabled.

Absolute times differ between machines and between runs. Therefore both sides of a comparison are measured **alternately in the same
run**. The *reference* is the peer or the baseline that the bench names; the *ratio* is our value divided by the reference. The median
of the rounds counts, unless stated otherwise. A row without a target is informative. \`npm run bench -- calls\` repeats one bench and
keeps the results of the others.

${machines(Object.values(report.results))}

## Results

${sections.join('\n\n')}

## Torture

${tortureText(torture)}

## Not met, and why

${notes.trim()}
`
}

function measured(name: string, measurement: Measurement | undefined): string {
  const load = measurement?.machine.loadAverage[0] ?? 0
  if (!measurement) return `\`${name}\` has not been measured yet.`
  const lines = measurement.rows.map((row) => line(cells(row)))
  return `\`${name}\`, ${day(measurement.at)}, load ${load}:

| | ours | unit | reference | ratio | target | |
|---|--:|---|--:|--:|---|---|
${lines.join('\n')}`
}

function machines(measurements: readonly Measurement[]): string {
  const all = new Set(measurements.map(({ machine }) => sentence(machine)))
  if (all.size === 0) return 'Nothing has been measured yet.'
  return `The machine${all.size > 1 ? 's' : ''}: ${[...all].join('; ')}.`
}

function sentence({ cpus, cpu, memoryBytes, node, arch, kernel }: HostFacts): string {
  const gib = Math.round(memoryBytes / 2 ** 30)
  return `${cpus} cores of ${cpu} (${arch}), ${gib} GiB, Linux ${kernel}, Node ${node.slice(1)}`
}

const FAULTS: Readonly<Record<string, string>> = {
  unanswered: 'calls that never ended for their caller',
  doubled: 'starts of a handler beyond one for each call and attempt',
  repeated: 'calls that must not be repeated and were started again',
  falseStatements: 'calls whose error stated that nothing ran, although it did',
  wrong: 'answers to another request, streams with gaps',
  notRecovered: 'kinds of call that did not work after all failures were repaired',
}

function tortureText(run: TortureRecord): string {
  const failures = Object.values(run.injected).reduce((sum, count) => sum + count, 0)
  const many = (value: number): string => value.toLocaleString('en')
  const list = (title: string, what: string, counts: Readonly<Record<string, number>>): string =>
    [
      `| ${title} | ${what} |`,
      '|---|--:|',
      ...Object.entries(counts).map(([name, count]) => line([name, many(count)])),
    ].join('\n')
  const faults = Object.fromEntries(
    Object.entries(run.faults).map(([name, count]) => [FAULTS[name] ?? name, count]),
  )
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

const day = (at: string): string => at.slice(0, 10)
const line = (all: readonly string[]): string =>
  `| ${all.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
