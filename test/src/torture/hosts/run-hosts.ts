import { sleep } from '@alkdev/std'
import { startFakeProvider } from '../../fake-provider.ts'
import { runStages } from '../chaos-run/run-stages.ts'
import type { ChaosSummary, StageRunOptions } from '../chaos-run/run-stages.ts'
import { Random } from '../random.ts'
import { startHostStack } from './host-stack.ts'

export interface HostRunOptions extends StageRunOptions {
  /** Longest time of a partition, in milliseconds. */
  readonly longestMs: number
}

/**
 * Starts a hub whose parts and spokes have a host each, and parts every two of them under load, as `runStages` says. For a process that `ALONE` has
 * started. The stages are the pairs.
 */
export async function runHosts(options: HostRunOptions): Promise<ChaosSummary> {
  const { seed, longestMs } = options
  await using stack = await startHostStack()
  const { network, hosts } = stack
  await using provider = await startFakeProvider(network.address)
  const random = new Random(seed)
  const all = hosts.flatMap((a, at) => hosts.slice(at + 1).map((b) => [a, b] as const))
  const stages = all.map(([a, b]) => ({
    name: `${a.name} and ${b.name}`,
    async run() {
      network.cut(a, b)
      await sleep(random.between(longestMs / 2, longestMs))
      network.heal(a, b)
      return []
    },
  }))
  return await runStages(options, {
    random,
    gateway: stack.gateway,
    key: stack.key,
    provider: provider.url,
    startsFiles: stack.startsFiles,
    machines: stack.machines,
    stages,
  })
}
