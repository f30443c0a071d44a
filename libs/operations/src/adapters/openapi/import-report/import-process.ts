import { createHistogram } from 'node:perf_hooks'
import { FromOpenAPIFile } from '../../../from-openapi.ts'
import { OperationRegistry } from '../../../registry/registry.ts'
import type { SkippedOperation } from '../../../from-openapi.ts'

/** What the import of one document comes to. */
export interface ImportMeasure {
  readonly imported: number
  /** `METHOD path: reason` of each operation that was refused. */
  readonly refused: readonly string[]
  /** Operations of which something was left to the service to check. */
  readonly loosened: number
  readonly seconds: number
  /** Of the whole process, Node included. */
  readonly peakMegabytes: number
  /** Between two turns of the event loop, by the clock. */
  readonly longestPauseMs: number
  /** The same in processor time, which other processes of the machine do not change. */
  readonly longestPauseCpuMs: number
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Imports a document into a registry and measures it. Takes the path of the document; run in a process of its own, prints the measure as JSON. */
async function measure(path: string): Promise<ImportMeasure> {
  const refused: SkippedOperation[] = []
  const pauses = createHistogram()
  let longestCpu = 0
  let lastCpu = threadMs()
  const onTurn = (): void => {
    const now = threadMs()
    longestCpu = Math.max(longestCpu, now - lastCpu)
    lastCpu = now
    pauses.recordDelta()
    turn = setImmediate(onTurn)
  }
  pauses.recordDelta()
  let turn = setImmediate(onTurn)
  const start = performance.now()
  const operations = await FromOpenAPIFile(path, {
    namespace: 'api',
    baseUrl: 'https://api.example',
    onSkipped: (one) => refused.push(one),
  })
  const seconds = (performance.now() - start) / 1000
  clearImmediate(turn)
  new OperationRegistry().registerAll(operations)
  return {
    imported: operations.length,
    refused: refused.map(({ method, path: at, reason }) => `${method} ${at}: ${reason}`),
    loosened: operations.filter(({ _meta }) => _meta?.['loosened'] !== undefined).length,
    seconds,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    longestPauseMs: pauses.max / 1e6,
    longestPauseCpuMs: longestCpu,
  }
}

const [, , path] = process.argv
if (path !== undefined) process.stdout.write(JSON.stringify(await measure(path)))
