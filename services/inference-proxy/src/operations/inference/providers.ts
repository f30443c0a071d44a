import { serviceSpec } from '@alkdev/contracts'
import type { InferenceProvidersOutput, ProviderState } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { readLatencies } from '@alkdev/storage/inference'
import type { ProxyContext } from '../../context.ts'
import { isBroken, mayUse } from '../../providers/provider.ts'
import type { KnownProvider } from '../../providers/provider.ts'
import { keyIdOf } from '../../routing/candidate.ts'

/** Over which the latencies are taken. */
const WINDOW_MS = 3_600_000

/** `inference.providers` */
export function inferenceProviders(proxy: ProxyContext): IOperationDefinition {
  return {
    ...serviceSpec('inference.providers'),
    async handler(_input: object, context: OperationContext): Promise<InferenceProvidersOutput> {
      const caller = callerOf(context)
      const known = [...(await proxy.providers.all()).values()]
      const usable = known.filter((provider) => mayUse(provider, caller))
      const names = usable.map(({ name }) => name)
      const latencies = await readLatencies(proxy.runtime.db, names, WINDOW_MS)
      return {
        items: usable.map((provider) => ({
          ...stateOf(proxy, provider),
          ...compact({ latency: latencies.get(provider.name) }),
        })),
      }
    },
  }
}

function stateOf(
  { routing: { bench, breakers } }: ProxyContext,
  provider: KnownProvider,
): ProviderState {
  const keys = isBroken(provider) ? [] : provider.keys
  return {
    name: provider.name,
    ...compact({ broken: isBroken(provider) ? provider.broken : undefined }),
    refusedKeys: keys.flatMap(({ name: key }) => {
      const found = bench.find(keyIdOf(provider, key))
      if (found === undefined) return []
      return [{ key, reason: found.reason, retryAfterMs: Math.ceil(found.forMs) }]
    }),
    openTargets: breakers.openBelow(`${provider.id}/`).map(({ target, forMs }) => ({
      model: target.slice(provider.id.length + 1),
      retryAfterMs: Math.ceil(forMs),
    })),
  }
}
