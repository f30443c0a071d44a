import { CodedError } from '@alkdev/errors'
import type { Identity } from '@alkdev/operations'
import { mayUse } from './provider.ts'
import type { KnownProvider } from './provider.ts'

export interface Target {
  readonly provider: KnownProvider
  /** What the provider itself calls the model. */
  readonly model: string
}

type Aliases = Readonly<Record<string, readonly string[]>>

/**
 * Where a request for a model may go, in order: `provider/model`, or the targets of an alias. Only providers that the caller may use are
 * among them; empty when there are none.
 */
export function findTargets(
  name: string,
  identity: Identity,
  providers: ReadonlyMap<string, KnownProvider>,
  aliases: Aliases,
): Target[] {
  const names = Object.hasOwn(aliases, name) ? (aliases[name] ?? []) : [name]
  return names.flatMap((one) => {
    const slash = one.indexOf('/')
    const provider = slash > 0 ? providers.get(one.slice(0, slash)) : undefined
    return provider && mayUse(provider, identity) ? [{ provider, model: one.slice(slash + 1) }] : []
  })
}

/** The same for a provider that is not there and one that the caller may not use. */
export function noSuchModel(name: string): CodedError {
  return new CodedError(
    'OPERATION_NOT_FOUND',
    `There is no model ${JSON.stringify(name)} for this key. Models are named provider/model; GET /v1/models lists them.`,
  )
}
