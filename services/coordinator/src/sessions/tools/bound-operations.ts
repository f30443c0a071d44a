import type { ServiceRuntime } from '@alkdev/service'
import { CallError, mayBeAllowed, ownNameOf } from '@alkdev/operations'
import type { Identity, OperationSpec } from '@alkdev/operations'
import type { BoundPlace } from '../turn/bound-place.ts'
import type { TurnRole } from '../turn/turn-role.ts'

/** Member of `_meta` with the JSON Pointer to the worktree in the input. */
const WORKSPACE_META = 'alkhub/workspace'

export interface BoundTo {
  readonly place: BoundPlace | undefined
  readonly role: Pick<TurnRole, 'unbound'>
}

/** Which operations a session may call, and where: of those that work in a worktree only those of the spoke of its workspace, in its worktree. */
export class BoundOperations {
  readonly #bus: Pick<ServiceRuntime['bus'], 'directory'>
  readonly #identity: Identity
  readonly #place: BoundPlace | undefined
  readonly #isUnbound: boolean

  constructor(
    { bus }: { readonly bus: Pick<ServiceRuntime['bus'], 'directory'> },
    identity: Identity,
    { place, role }: BoundTo,
  ) {
    this.#bus = bus
    this.#identity = identity
    this.#place = place
    this.#isUnbound = role.unbound
  }

  /** The pool name of an operation that works in a place is that of the spoke of the workspace. */
  idOf(name: string): string {
    if (this.#place === undefined || name.split('.').length !== 2) return name
    const pinned = `${this.#place.prefix}.${name}`
    return this.#bus.directory.get(pinned, this.#identity) === undefined ? name : pinned
  }

  /** True unless each call of the operation is refused: by the workspace, or by the roles of the session. */
  isCallable(name: string): boolean {
    const operationId = this.idOf(name)
    const entry = this.#bus.directory.get(operationId, this.#identity)
    if (entry === undefined || !mayBeAllowed(this.#identity.rules ?? [], operationId)) return false
    return this.#refusal(operationId, entry.spec) === undefined
  }

  /** The input with the worktree of the session. Throws ACCESS_DENIED for a call that would work anywhere else. */
  bind(operationId: string, spec: OperationSpec, input: unknown): unknown {
    const refusal = this.#refusal(operationId, spec)
    if (refusal !== undefined) throw refusal
    const member = worktreeOf(spec)
    if (this.#place === undefined || member === undefined) return input
    const given = typeof input === 'object' && input !== null ? { ...input } : {}
    const named = (given as Record<string, unknown>)[member]
    if (named !== undefined && named !== this.#place.worktree)
      throw new CallError('ACCESS_DENIED', 'The session works in its own worktree only.')
    return {
      ...given,
      ...(this.#place.worktree !== undefined && { [member]: this.#place.worktree }),
    }
  }

  #refusal(operationId: string, spec: OperationSpec): CallError | undefined {
    if (this.#place === undefined) return undefined
    const worksInPlace = worktreeOf(spec) !== undefined
    if (!operationId.startsWith(`${this.#place.prefix}.`))
      return worksInPlace ? this.#elsewhere(operationId, this.#place.spoke) : undefined
    if (worksInPlace || this.#isUnbound) return undefined
    return new CallError(
      'ACCESS_DENIED',
      `${operationId} does not work in the workspace of the session.`,
    )
  }

  /** Names the operation that the session may use instead. */
  #elsewhere(operationId: string, spoke: string): CallError {
    const own = ownNameOf(operationId)
    const instead = this.idOf(own) === own ? '' : ` Call ${own}, which works there.`
    return new CallError('ACCESS_DENIED', `The session works on the spoke ${spoke} only.${instead}`)
  }
}

/** The member of the input with the worktree; undefined for an operation that works in no place. */
export function worktreeOf({ _meta }: OperationSpec): string | undefined {
  const pointer = _meta?.[WORKSPACE_META]
  return typeof pointer === 'string' && /^\/[^/~]+$/.test(pointer) ? pointer.slice(1) : undefined
}
