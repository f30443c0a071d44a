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
  /** Harm done, calls ended and what must be nothing, each by its kind. */
  readonly deeds: Readonly<Record<string, number>>
  readonly ends: Readonly<Record<string, number>>
  readonly faults: Readonly<Record<string, number>>
}

/** `docs/reference/performance.md`. `notes` is Markdown written by hand: why a target is not met. */
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

${met} of ${judged.length} measured targets are met. Other targets have no bench here; the notes at the end name them.

## How it is measured

Everything runs on **one machine together**: the caller, the services, the spokes, Redis and PostgreSQL share its cores, so that each takes time from the others, and a hub
of several machines has more of it. What goes through the hub goes the whole way: real processes, real sockets, a real PostgreSQL and Redis, and access control,
validation, recording and metrics on.

Absolute times differ from machine to machine and from hour to hour. What is compared is therefore measured **in the same run, turn about**: the *reference* is the
peer or the floor named with the bench, the *ratio* ours to the reference's. Of rounds the median counts unless it says otherwise. A row without a target is there to
be looked at. \`npm run bench -- calls\` measures one of the benches again and leaves the others.

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
  brokenPromises: 'calls whose error promised that nothing ran, though it did',
  wrong: 'answers to another question, streams with gaps',
  notMended: 'kinds of call that did not work when everything had been mended',
}

function tortureText(run: TortureRecord): string {
  const harms = Object.values(run.deeds).reduce((sum, count) => sum + count, 0)
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
  return `\`npm run torture\` loads a hub of real processes (a gateway, two brokers, five spokes, a Redis and a PostgreSQL of its own) with calls over HTTP and WebSocket while its
parts are killed, frozen, restarted and cut off, and writes down each start of a handler where it survives the process. What is called and harmed follows from the seed, so that a run can
be repeated. \`npm run torture -- --record\` makes its run the one of this page.

The run of record, ${day(run.at)}: seed ${run.seed}, **${many(run.calls)} calls** in ${Math.round(run.seconds)} s, ${many(run.starts)} handler starts, **${harms} harms**. The slowest answer, of calls that
are given 8 s, took ${(run.slowestMs / 1000).toFixed(1)} s.

${list('what must be nothing', 'times', faults)}

${list('harm done', 'times', run.deeds)}

${list('how calls ended', 'calls', run.ends)}

\`ok\` is the answer, \`left\` a caller that went away on purpose; the others are error codes, each of which says what is known of the call
([errors](errors.md)).`
}

const day = (at: string): string => at.slice(0, 10)
const line = (all: readonly string[]): string =>
  `| ${all.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
