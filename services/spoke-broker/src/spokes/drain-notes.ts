import type { BrokerContext } from '../context.ts'

/** Milliseconds for which the process that holds the socket can read the note. It looks each second. */
const KEPT_MS = 60_000

interface Drain {
  readonly spokeId: string
  /** Of the registry after the drain. */
  readonly epoch: number
  /** Milliseconds that calls in flight have to end. */
  readonly withinMs: number
}

/** Notes that the change of a spoke to this epoch is a drain. Throws what Redis throws; then nothing has changed. */
export async function noteDrain(
  context: BrokerContext,
  { spokeId, epoch, withinMs }: Drain,
): Promise<void> {
  const key = keyOf(context, spokeId, epoch)
  await context.runtime.redis.set(key, String(withinMs), 'PX', KEPT_MS)
}

/** Milliseconds that calls in flight have to end; undefined when the change to this epoch was no drain, or the note is lost. */
export async function readDrain(
  context: BrokerContext,
  spokeId: string,
  epoch: number,
): Promise<number | undefined> {
  const noted = await context.runtime.redis.get(keyOf(context, spokeId, epoch)).catch(() => null)
  return noted === null ? undefined : Number(noted)
}

function keyOf({ runtime }: BrokerContext, spokeId: string, epoch: number): string {
  return `${runtime.config.redis.prefix}:spoke:drain:${spokeId}:${epoch}`
}
