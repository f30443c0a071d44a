import type { CapacityPlan } from './plan.ts'

/** A plan for people. */
export function planText(plan: CapacityPlan): string {
  const { services, redis, postgres, registry, shared, breaksFirst } = plan
  const rows = [
    ['service', 'replicas', 'cores', 'MiB each', 'decided by'],
    ...services.map(({ service, replicas, cores, memoryMib, because }) => [
      service,
      number(replicas),
      cores.toFixed(1),
      number(memoryMib),
      because,
    ]),
    ['together', number(plan.instances), plan.cores.toFixed(1), number(plan.memoryMib), ''],
  ]
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  )
  const table = rows.map((cells) =>
    cells
      .map((cell, column) => {
        const width = widths?.[column] ?? 0
        return column === 0 || column === 4 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd(),
  )
  const first =
    breaksFirst.atTimesTheLoad < 1
      ? `Breaks: ${breaksFirst.part}, at ${breaksFirst.atTimesTheLoad.toFixed(2)} of this load.`
      : `Breaks first: ${breaksFirst.part}, at ${breaksFirst.atTimesTheLoad.toFixed(1)} times this load.`
  return [
    ...table,
    '',
    `Redis       ${redis.cores.toFixed(2)} cores, ${mega(redis.leaseBytesPerSecond)} MB/s of leases`,
    `PostgreSQL  ${postgres.cores.toFixed(1)} cores, ${number(postgres.callRowsPerSecond)} rows of calls a second, ${number(postgres.callBytesPerDay / 1e9)} GB of them a day, ${number(postgres.connections)} connections`,
    `Registry    ${number(registry.operations)} operations, ${number(registry.memoryMibPerInstance)} MiB in each instance, ${registry.changesPerSecond.toFixed(1)} changes a second`,
    '',
    'Parts that replicas do not add to, and the share that is used:',
    ...shared.map(
      ({ part, used, limit }) =>
        `  ${`${(used * 100).toFixed(0)} %`.padStart(7)}  ${part} (${limit})`,
    ),
    '',
    first,
  ].join('\n')
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
