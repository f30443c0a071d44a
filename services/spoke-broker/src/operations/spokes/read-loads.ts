import type { SpokeLoad } from '@alkdev/bus'
import type { SpokeView } from '@alkdev/storage'
import type { BrokerContext } from '../../context.ts'

/**
 * What connected spokes do now, by their ids. Those that are attached to another process are asked for at once, over the bus; without those that are not
 * connected, and whose process does not reply within a second.
 */
export async function readLoads(
  { runtime: { bus }, spokes }: BrokerContext,
  rows: readonly SpokeView[],
): Promise<ReadonlyMap<string, SpokeLoad>> {
  const loads = new Map<string, SpokeLoad>()
  const elsewhere: string[] = []
  for (const { id, status, epoch } of rows) {
    if (status !== 'connected') continue
    const here = spokes.get(id)
    if (here?.info.epoch === epoch) loads.set(id, here.load)
    else elsewhere.push(id)
  }
  if (elsewhere.length === 0) return loads
  const others = await bus.loadsOfSpokes(elsewhere).catch(() => new Map<string, SpokeLoad>())
  return new Map([...loads, ...others])
}
