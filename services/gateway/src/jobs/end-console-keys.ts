import type { ServiceRuntime } from '@alkdev/service'
import { sharedNow, sleep } from '@alkdev/std'
import { listTaggedKeys } from '@alkdev/storage'
import {
  CONSOLE_SESSION_MS,
  CONSOLE_TAG,
  endConsoleKey,
  PARENT_PREFIX,
  parentOf,
} from '../console/console-keys.ts'
import type { GatewayContext } from '../context.ts'

/** Milliseconds between two runs. */
const EVERY_MS = 3_600_000
const STEP_KEYS = 100

/** Ends the keys of log-ins that are over, in steps until none is left or the signal aborts. Returns how many. */
export async function endConsoleKeys(
  runtime: Pick<ServiceRuntime, 'db' | 'keys'>,
  signal: AbortSignal,
  nowMs = sharedNow(),
): Promise<number> {
  const before = new Date(nowMs - CONSOLE_SESSION_MS)
  let total = 0
  while (!signal.aborted) {
    // A key that a person has given the tag is no log-in.
    const wanted = { tag: CONSOLE_TAG, prefix: PARENT_PREFIX, before, limit: STEP_KEYS }
    const keys = await listTaggedKeys(runtime.db, wanted)
    for (const { id, tags } of keys) await endConsoleKey(runtime, id, parentOf(tags))
    total += keys.length
    if (keys.length < STEP_KEYS) break
  }
  return total
}

/** Does so every hour until draining begins. A failure is logged and the next run tries again. */
export async function keepEndingConsoleKeys({ runtime, events }: GatewayContext): Promise<void> {
  const { draining: signal } = runtime
  while (!signal.aborted) {
    try {
      // Spreads the replicas over time.
      await sleep(EVERY_MS * (0.75 + Math.random() / 2), signal)
      await endConsoleKeys(runtime, signal)
    } catch (error) {
      if (signal.aborted) return
      events.consoleKeysNotEnded(error)
    }
  }
}
