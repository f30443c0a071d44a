import { CodedError } from '@alkdev/errors'
import type { Identity } from '@alkdev/operations'
import { mayUse } from './provider.ts'
import type { Provider } from './provider.ts'

export interface Target {
  readonly provider: Provider
  /** What the provider itself calls the model. */
  readonly model: string
}

type Aliases = Readonly<Record<string, readonly string[]>>

/**
 * Where a request for a model goes: `provider/model`, or the first usable target of an alias. Throws OPERATION_NOT_FOUND, the same
 * for a provider that the caller may not use.
 */
export function findTarget(
  name: string,
  identity: Identity,
  providers: ReadonlyMap<string, Provider>,
  aliases: Aliases,
): Target {
  const found = lookFor(name, identity, providers, aliases)
  if (found) return found
  throw new CodedError(
    'OPERATION_NOT_FOUND',
    `There is no model ${JSON.stringify(name)} for this key. Models are named provider/model; GET /v1/models lists them.`,
  )
}

/** The same, undefined where there is none. */
export function lookFor(
  name: string,
  identity: Identity,
  providers: ReadonlyMap<string, Provider>,
  aliases: Aliases,
): Target | undefined {
  const names = Object.hasOwn(aliases, name) ? (aliases[name] ?? []) : [name]
  for (const one of names) {
    const slash = one.indexOf('/')
    const provider = slash > 0 ? providers.get(one.slice(0, slash)) : undefined
    if (provider && mayUse(provider, identity)) return { provider, model: one.slice(slash + 1) }
  }
  return undefined
}
