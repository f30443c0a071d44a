import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { arch, cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Row } from './row.ts'

// `npm run bench [name ...]`: all benches, or those named, one after the other; one table, and results/latest.json.
const folder = import.meta.dirname
const only = process.argv.slice(2)
const names = (await readdir(folder))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))
  .filter((name) => only.length === 0 || only.includes(name))
  .toSorted()

const results: Record<string, readonly Row[]> = {}
const failures: Record<string, string> = {}
for (const name of names) {
  process.stderr.write(`${name} ...\n`)
  try {
    const bench = (await import(join(folder, `${name}.bench.ts`))) as {
      run(): Promise<readonly Row[]>
    }
    results[name] = await bench.run()
  } catch (error) {
    failures[name] = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${name} failed: ${failures[name]}\n`)
  }
}

const machine = {
  cpus: cpus().length,
  cpu: cpus()[0]?.model ?? 'unknown',
  memoryBytes: totalmem(),
  node: process.version,
  arch: arch(),
  kernel: release(),
  loadAverage: loadavg().map((load) => Math.round(load * 10) / 10),
}
const target = join(folder, '../results')
await mkdir(target, { recursive: true })
const report = { at: new Date().toISOString(), machine, results, failures }
await writeFile(join(target, 'latest.json'), `${JSON.stringify(report, null, 2)}\n`)

function shown(value: number | undefined): string {
  if (value === undefined) return ''
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Math.round(value * 100) / 100)
}
const header = ['', 'ours', 'unit', 'reference', 'ratio', 'target', '']
const table = [header]
for (const rows of Object.values(results))
  for (const row of rows)
    table.push([
      row.name,
      shown(row.value),
      row.unit,
      shown(row.reference),
      shown(row.ratio),
      row.target ?? '',
      row.ok === undefined ? '' : row.ok ? 'met' : 'missed',
    ])
const widths = header.map((_, at) => Math.max(...table.map((line) => line[at]?.length ?? 0)))
for (const line of table)
  console.log(
    line
      .map((cell, at) =>
        [1, 3, 4].includes(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
// Other benches leave servers' sockets behind; the numbers are written.
process.exit(Object.keys(failures).length === 0 ? 0 : 1)
