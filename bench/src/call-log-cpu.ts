import { pathToFileURL } from 'node:url'
import { Children } from './children.ts'
import { median, percentile } from './measure.ts'
import { cpuMs, cpuUs } from './process-stat.ts'

/**
 * What PostgreSQL spends on a recorded call, for several checkouts in one run: `node bench/src/call-log-cpu.ts DIR [DIR ...]`. The checkouts
 * alternate, so that what else runs on the machine falls on all. Each has a PostgreSQL of its own; the processor time is that of the backend
 * that writes.
 */

const ROUNDS = 12
const BATCHES = 20
const CALLS = BATCHES * 500

export interface RecordCost {
  readonly checkout: string
  /** Microseconds of processor time of the PostgreSQL backend for one call: the median of the rounds. */
  readonly serverUs: number
  /** Half the distance between the quartiles of the rounds. */
  readonly noiseUs: number
  /** The same of the process that records: redaction, arrays, driver. */
  readonly writerUs: number
  /** Bytes of tables and indexes for one call. */
  readonly bytes: number
}

/** Measures checkouts in alternation. The first two rounds warm up. */
export async function recordCosts(checkouts: readonly string[]): Promise<RecordCost[]> {
  await using children = new Children()
  const contenders = []
  for (const checkout of checkouts) {
    const { child, said } = await children.start('./call-log-child.ts', [checkout])
    contenders.push({
      checkout,
      child,
      backend: Number(said),
      server: [] as number[],
      writer: [] as number[],
      bytes: 0,
    })
  }
  for (let round = 0; round < ROUNDS + 2; round++)
    for (const one of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const [serverUs, writerMs] = [cpuUs(one.backend), cpuMs(one.child.pid)]
      const ended = new Promise<{ bytes: number; rows: number }>((resolve) => {
        one.child.once('message', resolve)
      })
      one.child.send(BATCHES)
      const { bytes, rows } = await ended
      one.bytes = bytes / rows
      if (round < 2) continue
      one.server.push((cpuUs(one.backend) - serverUs) / CALLS)
      one.writer.push(((cpuMs(one.child.pid) - writerMs) * 1000) / CALLS)
    }
  return contenders.map(({ checkout, server, writer, bytes }) => ({
    checkout,
    serverUs: median(server),
    noiseUs: (percentile(server, 0.75) - percentile(server, 0.25)) / 2,
    writerUs: median(writer),
    bytes,
  }))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const one of await recordCosts(process.argv.slice(2))) {
    const { checkout, serverUs, noiseUs, writerUs, bytes } = one
    process.stdout.write(
      `${checkout}: ${serverUs.toFixed(1)} us of PostgreSQL per call, +- ${noiseUs.toFixed(1)}; ${writerUs.toFixed(1)} us of the writer; ${Math.round(bytes)} bytes\n`,
    )
  }
}
