import { sleep } from '@alkdev/std'
import type { GatewayContext } from '../context.ts'
import { readFindings } from '../operations/system/read-findings.ts'
import { HealthRecord } from './health-record.ts'

/** Milliseconds between two checks. */
const EVERY_MS = 15_000

/**
 * Checks the state of the hub every 15 s until draining begins, on the gateway that has run the longest, so that two of them never disagree. A failure is
 * logged and the next run tries again.
 */
export async function keepWatchingHealth(context: GatewayContext): Promise<void> {
  const { runtime, events } = context
  const { draining: signal, db } = runtime
  let record: HealthRecord | undefined
  while (!signal.aborted) {
    try {
      await sleep(EVERY_MS, signal)
      if (isFirst(context))
        await (record ??= new HealthRecord(db)).take((await readFindings(context)).findings)
      else record = undefined
    } catch (error) {
      if (signal.aborted) return
      events.healthNotWatched(error)
    }
  }
}

function isFirst({ runtime: { bus } }: GatewayContext): boolean {
  const [first] = bus
    .allInstances()
    .filter(({ service, draining }) => service === 'gateway' && !draining)
    .toSorted((a, b) => a.startedAt - b.startedAt || (a.instanceId < b.instanceId ? -1 : 1))
  return first?.instanceId === bus.instanceId
}
