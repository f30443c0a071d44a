import { benchLimits } from './bench-limits.ts'
import { descriptions } from './descriptions.ts'
import type { HostFacts } from './host-facts.ts'
import type { Measurement, Report } from './report.ts'
import { day, tableLine } from './page-parts.ts'
import { cells } from './table.ts'
import type { TortureRecords } from './torture-records.ts'
import {
  chaosText,
  CHAOS,
  HOSTS,
  POOLER,
  ledgerTortureText,
  planTortureText,
  queueResult,
  queueTortureText,
  tortureText,
  workflowTortureText,
} from './torture-text.ts'

/** `docs/reference/performance.md`. `notes` is handwritten Markdown: why a target is not met. */
export function performancePage(report: Report, torture: TortureRecords, notes: string): string {
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
keeps the results of the others. Each bench has a limit of its own. Those of a run without names take 12 minutes together. The others run when they are named:
${namedBenches()}. A bench that is named may take three times as long as in the run of all.
A run marks the rows that are worse than the recorded ones by more than the noise of
both runs (half the distance between the quartiles of the rounds), and those without a noise whose target is no longer met.

${machines(Object.values(report.results))}

## Results

${sections.join('\n\n')}

## Torture

${tortureText(torture.calls)}

### Queued calls

${queueTortureText(torture.queue)}

### The ledger of model calls

${ledgerTortureText(torture.ledger)}

### Workflows

${workflowTortureText(torture.workflow)}

### Plans

${planTortureText(torture.plan)}

### Chaos

${chaosText(CHAOS, torture.chaos)}

### Hosts that are parted

${chaosText(HOSTS, torture.hosts)}

### PgBouncer

${chaosText(POOLER, torture.pooler)}

\`npm run torture -- queue --pooled\` is that of [queued calls](#queued-calls) behind PgBouncer, which is killed and frozen too.
${queueResult(torture['queue-pooled'])}

## Not met, and why

${notes.trim()}
`
}

function measured(name: string, measurement: Measurement | undefined): string {
  const load = measurement?.machine.loadAverage[0] ?? 0
  if (!measurement) return `\`${name}\` has not been measured yet.`
  const lines = measurement.rows.map((row) => tableLine(cells(row)))
  return `\`${name}\`, ${day(measurement.at)}, load ${load}:

| | ours | unit | reference | ratio | target | |
|---|--:|---|--:|--:|---|---|
${lines.join('\n')}`
}

function namedBenches(): string {
  return Object.entries(benchLimits)
    .flatMap(([name, { named }]) => (named ? [`\`${name}\``] : []))
    .join(', ')
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
