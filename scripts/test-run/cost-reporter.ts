import type { Reporter, TestModule } from 'vitest/node'
import type { FileCost } from './measure-cost.setup.ts'

/** Files that are listed one by one. */
const LISTED_FILES = 40

interface Row {
  readonly name: string
  readonly files: number
  readonly cost: FileCost
}

/**
 * Prints what the test files have used, most processor time first: each project, and the 40 most expensive files. Servers that
 * several files share (PostgreSQL and Redis of the run) are in no row.
 */
export class CostReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const files: Row[] = []
    const projects = new Map<string, Row>()
    for (const module of modules) {
      const { cost } = module.meta()
      if (cost === undefined) continue
      files.push({ name: module.relativeModuleId, files: 1, cost })
      const sum = projects.get(module.project.name)
      projects.set(module.project.name, add(module.project.name, sum, cost))
    }
    const lines = [
      'CPU s  (worker + children)  wall s  files',
      ...[...projects.values()].toSorted(byCpu).map(line),
      '',
      ...files.toSorted(byCpu).slice(0, LISTED_FILES).map(line),
    ]
    console.log(`\n${lines.join('\n')}`)
  }
}

function add(name: string, sum: Row | undefined, cost: FileCost): Row {
  if (sum === undefined) return { name, files: 1, cost }
  return {
    name,
    files: sum.files + 1,
    cost: {
      workerCpuMs: sum.cost.workerCpuMs + cost.workerCpuMs,
      childrenCpuMs: sum.cost.childrenCpuMs + cost.childrenCpuMs,
      wallMs: sum.cost.wallMs + cost.wallMs,
    },
  }
}

const cpuOf = ({ cost }: Row): number => cost.workerCpuMs + cost.childrenCpuMs
const byCpu = (a: Row, b: Row): number => cpuOf(b) - cpuOf(a)
const seconds = (ms: number): string => (ms / 1000).toFixed(1).padStart(7)

function line(row: Row): string {
  const { workerCpuMs, childrenCpuMs, wallMs } = row.cost
  const parts = [workerCpuMs + childrenCpuMs, workerCpuMs, childrenCpuMs, wallMs].map(seconds)
  return `${parts.join(' ')}  ${row.files > 1 ? `${row.name} (${row.files} files)` : row.name}`
}
