import { CodedError } from '@alkdev/errors'
import type { Identity } from '@alkdev/operations'
import { nearest } from '@alkdev/std'
import { mayUse } from './provider.ts'
import type { KnownProvider } from './provider.ts'

export interface Target {
  readonly provider: KnownProvider
  /** What the provider itself calls the model. */
  readonly model: string
}

/** A target of an alias; the other targets of an alias come behind those with a weight. */
export interface RoutedTarget extends Target {
  readonly weight?: number
}

/** An entry of an alias: `provider/model`, perhaps with its share of the requests. */
export type AliasEntry = string | { readonly target: string; readonly weight: number }
type Aliases = Readonly<Record<string, readonly AliasEntry[]>>

/** The targets of an alias, as `provider/model`; none for any other name. */
export function aliasTargets(aliases: Aliases, name: string): string[] {
  const entries = Object.hasOwn(aliases, name) ? (aliases[name] ?? []) : []
  return entries.map((entry) => (typeof entry === 'string' ? entry : entry.target))
}

/**
 * Where a request for a model may go, in order: `provider/model`, or the targets of an alias. Only providers that the caller may use are
 * among them; empty when there are none.
 */
export function findTargets(
  name: string,
  identity: Identity,
  providers: ReadonlyMap<string, KnownProvider>,
  aliases: Aliases,
): RoutedTarget[] {
  const entries = Object.hasOwn(aliases, name) ? (aliases[name] ?? []) : [name]
  return entries.flatMap((entry) => {
    const one = typeof entry === 'string' ? entry : entry.target
    const slash = one.indexOf('/')
    const provider = slash > 0 ? providers.get(one.slice(0, slash)) : undefined
    if (provider === undefined || !mayUse(provider, identity)) return []
    const target = { provider, model: one.slice(slash + 1) }
    return typeof entry === 'string' ? [target] : [{ ...target, weight: entry.weight }]
  })
}

/**
 * The same for a provider that is not there and one that the caller may not use. Names the nearest model of the config, or the nearest
 * provider or alias, that the caller may use.
 */
export function noSuchModel(
  name: string,
  identity: Identity,
  providers: ReadonlyMap<string, KnownProvider>,
  aliases: readonly string[],
): CodedError {
  const usable = [...providers.values()].filter((provider) => mayUse(provider, identity))
  const slash = name.indexOf('/')
  const [first, rest] = slash < 0 ? [name, ''] : [name.slice(0, slash), name.slice(slash)]
  const [near] =
    slash < 0
      ? nearest(name, usable.length === 0 ? [] : aliases)
      : nearest(
          first,
          usable.map((provider) => provider.name),
        )
  const hint = near === undefined ? '' : ` Did you mean ${JSON.stringify(`${near}${rest}`)}?`
  const error = new CodedError(
    'MODEL_NOT_FOUND',
    `There is no model ${JSON.stringify(name)} for this key.${hint} Models are named provider/model; GET /v1/models lists them.`,
    { details: { param: 'model' } },
  )
  return Object.assign(error, { httpStatus: 404 })
}

/** `provider/model`, as the hub names it. */
export function targetName({ provider, model }: Target): string {
  return `${provider.name}/${model}`
}
