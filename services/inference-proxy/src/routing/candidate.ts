import type { ModelProtocol } from '@alkdev/contracts'
import { isAskedByPackage, isBroken, withKey } from '../providers/provider.ts'
import type { BrokenProvider, KnownProvider, Provider, ProviderKey } from '../providers/provider.ts'
import { targetName } from '../providers/target.ts'
import type { RoutedTarget, Target } from '../providers/target.ts'
import { weightedOrder } from './weighted-order.ts'
import type { Draw } from './weighted-order.ts'

/** One way to serve a request: a model of a provider, with one of the keys of the provider. */
export interface Candidate extends Target {
  readonly provider: Provider | BrokenProvider
  /** Identifies the model at the provider, for its circuit breaker. */
  readonly targetId: string
  /** Identifies the key. */
  readonly keyId: string
  readonly keyName: string
  /** Tokens of input and output together; undefined when unknown. */
  readonly window: number | undefined
}

/** What a call must come back to, because its history is there. */
export interface Pin {
  readonly providerId: string
  readonly keyName: string
}

const NO_KEY: ProviderKey = { name: '', secret: undefined, weight: 1 }

/**
 * The candidates of a request in the order in which they are tried: targets with a weight first, in a drawn order, then the others in
 * theirs; the keys of a provider in an order drawn by their weights. `draw` with a session gives the same order each time.
 */
export function candidatesOf(
  targets: readonly RoutedTarget[],
  draw: Draw,
  windowOf: (target: Target) => number | undefined,
): Candidate[] {
  const drawn = targets.filter(({ weight }) => weight !== undefined)
  const ordered = targets.filter(({ weight }) => weight === undefined)
  const order = [
    ...weightedOrder(
      drawn.map((target) => ({ id: targetName(target), weight: target.weight ?? 1, target })),
      draw,
    ).map(({ target }) => target),
    ...ordered,
  ]
  return order.flatMap((target) => {
    const { provider } = target
    const keys = isBroken(provider) || provider.keys.length === 0 ? [NO_KEY] : provider.keys
    const ordering = keys.map((key) => ({
      id: keyIdOf(provider, key.name),
      weight: key.weight,
      key,
    }))
    const targetId = `${provider.id}/${target.model}`
    const window = windowOf(target)
    return weightedOrder(ordering, draw).map(({ id, key }) => ({
      model: target.model,
      provider: isBroken(provider) ? provider : withKey(provider, key),
      targetId,
      keyId: id,
      keyName: key.name,
      window,
    }))
  })
}

/** Whether the provider serves the protocol itself. */
export function serves(provider: Provider, protocol: ModelProtocol): boolean {
  const { endpoints, protocol: kind } = provider.config
  if (isAskedByPackage(provider)) return false
  if (endpoints !== undefined) return endpoints.includes(protocol)
  return (kind === 'anthropic') === (protocol === 'messages')
}

/** Identifies a key of a provider. */
export function keyIdOf({ id }: KnownProvider, keyName: string): string {
  return `${id}#${keyName}`
}
