import { CallError } from '../calls/call-error.ts'
import { pointerTokens } from '../schema/json-pointer.ts'
import { RequiredScope } from './scopes.ts'
import type { AccessControl, Identity } from '../registry/types.ts'

type Resources = Readonly<Record<string, readonly string[]>>

/** An operation's access control, prepared once. Every call uses it, so it loops over indexes and creates at most one string. */
export class AccessRule {
  readonly #control: AccessControl
  readonly #all: readonly RequiredScope[]
  readonly #any: readonly RequiredScope[]
  readonly #type: string | undefined
  readonly #prefix: string
  readonly #anyOfType: string
  readonly #action: string | undefined
  /** The pointer to the resource in the input; `any` when any resource is sufficient, `none` for an invalid pointer. */
  readonly #from: readonly string[] | 'any' | 'none'
  /** False when every caller has access. */
  readonly guarded: boolean

  constructor(control: AccessControl) {
    this.#control = control
    this.#all = control.requiredScopes.map((scope) => new RequiredScope(scope))
    this.#any = (control.requiredScopesAny ?? []).map((scope) => new RequiredScope(scope))
    this.#type = control.resourceType
    this.#prefix = `${control.resourceType}:`
    this.#anyOfType = `${control.resourceType}:*`
    this.#action = control.resourceAction
    this.#from =
      control.resourceFrom === undefined ? 'any' : (pointerTokens(control.resourceFrom) ?? 'none')
    this.guarded = this.#all.length > 0 || this.#any.length > 0 || this.#type !== undefined
  }

  checkScopes(identity: Identity | undefined): boolean {
    const all = this.#all
    const any = this.#any
    if (all.length === 0 && any.length === 0) return true
    if (identity === undefined) return false
    const granted = identity.scopes
    for (let at = 0; at < all.length; at++) if (all[at]?.coveredBy(granted) === false) return false
    return any.length === 0 || any.some((required) => required.coveredBy(granted))
  }

  checkResource(identity: Identity | undefined, input: unknown): boolean {
    if (this.#type === undefined) return true
    const resources = identity?.resources
    if (resources === undefined) return false
    const from = this.#from
    // The named resource is checked first: most calls need it.
    if (typeof from === 'object' && this.#allowsNamed(resources, from, input)) return true
    return (
      this.#allows(resources, this.#anyOfType) ||
      this.#allows(resources, '*') ||
      (from === 'any' &&
        Object.keys(resources).some(
          (key) => key.startsWith(this.#prefix) && this.#allows(resources, key),
        ))
    )
  }

  /** Throws CallError ACCESS_DENIED that names the scopes. */
  enforceScopes(identity: Identity | undefined, operationId: string): void {
    if (this.checkScopes(identity)) return
    const { requiredScopes, requiredScopesAny } = this.#control
    throw new CallError(
      'ACCESS_DENIED',
      identity === undefined
        ? `${operationId} needs an identity.`
        : `${operationId} needs scopes that this identity does not have.`,
      { operationId, requiredScopes, ...(requiredScopesAny?.length && { requiredScopesAny }) },
    )
  }

  /** Throws CallError ACCESS_DENIED that names the kind of resource, the action and where the input names it. */
  enforceResource(identity: Identity | undefined, operationId: string, input: unknown): void {
    if (this.checkResource(identity, input)) return
    const { resourceType, resourceAction, resourceFrom } = this.#control
    throw new CallError(
      'ACCESS_DENIED',
      `${operationId} needs ${resourceAction ?? 'an action'} on ${
        resourceFrom === undefined ? `a ${resourceType}` : `the ${resourceType} at ${resourceFrom}`
      }.`,
      {
        operationId,
        resourceType,
        ...(resourceAction !== undefined && { resourceAction }),
        ...(resourceFrom !== undefined && { resourceFrom }),
      },
    )
  }

  #allowsNamed(resources: Resources, from: readonly string[], input: unknown): boolean {
    let named: unknown = input
    for (let at = 0; at < from.length; at++) {
      const token = from[at]
      if (
        typeof named !== 'object' ||
        named === null ||
        token === undefined ||
        !Object.hasOwn(named, token)
      )
        return false
      named = (named as Record<string, unknown>)[token]
    }
    if (!Array.isArray(named)) return this.#allowsId(resources, named)
    for (const id of named) if (!this.#allowsId(resources, id)) return false
    return named.length > 0
  }

  #allowsId(resources: Resources, id: unknown): boolean {
    return (
      (typeof id === 'string' || typeof id === 'number') &&
      this.#allows(resources, this.#prefix + id)
    )
  }

  #allows(resources: Resources, key: string): boolean {
    if (!Object.hasOwn(resources, key)) return false
    const actions = resources[key]
    if (actions === undefined || actions.length === 0) return false
    const action = this.#action
    return action === undefined || actions.includes(action) || actions.includes('*')
  }
}
