import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import type { KeyAuthenticator } from './key-authenticator.ts'
import type { IdentityChangeNotice } from './service-runtime.ts'

export interface LiveUse {
  readonly identity: Identity
  /** Called once, when the use must end: the key is no longer good, or what is done is no longer allowed. */
  end(reason: CallError): void
  /** With the rights that the key has now: may this go on? Default: as long as the key is good. */
  allowed?(now: Identity): boolean
}

/** Milliseconds until a key that could not be checked is tried again. */
const RETRY_MS = 400

/**
 * What runs for whom in this process: calls, streams, answers that are still being sent. When a change may touch a key, it is looked up
 * again, and what runs for it ends if it is no longer good. A look-up that fails is repeated until it succeeds: nothing outlives its key
 * for longer than Postgres is away.
 */
export class LiveIdentities {
  readonly #authenticator: Pick<KeyAuthenticator, 'recheck'>
  readonly #uses = new Map<string, Set<LiveUse>>()
  readonly #again = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  constructor(authenticator: Pick<KeyAuthenticator, 'recheck'>) {
    this.#authenticator = authenticator
  }

  /** Keys that something runs for. */
  get size(): number {
    return this.#uses.size
  }

  /** Watches a use until the function that is returned is called. Identities without a key are not watched. */
  watch(use: LiveUse): () => void {
    const { keyId } = use.identity
    if (keyId === undefined) return () => undefined
    let uses = this.#uses.get(keyId)
    if (uses === undefined) this.#uses.set(keyId, (uses = new Set()))
    uses.add(use)
    return () => this.#forget(keyId, use)
  }

  /** Looks at every key that the change may touch. Resolves when all of them were looked at. */
  async review(change: IdentityChangeNotice): Promise<void> {
    const touched: string[] = []
    for (const [keyId, uses] of this.#uses) {
      const [first] = uses
      if (first !== undefined && touches(change, first.identity)) touched.push(keyId)
    }
    await Promise.all(touched.map((keyId) => this.#recheck(keyId)))
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#again.clear()
    this.#uses.clear()
  }

  #forget(keyId: string, use: LiveUse): void {
    const uses = this.#uses.get(keyId)
    uses?.delete(use)
    if (uses?.size === 0) this.#uses.delete(keyId)
  }

  async #recheck(keyId: string): Promise<void> {
    const [first] = this.#uses.get(keyId) ?? []
    if (first === undefined) return
    let now: Identity | undefined
    try {
      now = await this.#authenticator.recheck(first.identity)
    } catch {
      this.#retry(keyId)
      return
    }
    for (const use of this.#uses.get(keyId) ?? []) {
      const reason = reasonToEnd(use, now)
      if (reason === undefined) continue
      this.#forget(keyId, use)
      use.end(reason)
    }
  }

  #retry(keyId: string): void {
    this.#again.add(keyId)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const keyIds = [...this.#again]
      this.#again.clear()
      for (const again of keyIds) void this.#recheck(again)
    }, RETRY_MS).unref()
  }
}

function reasonToEnd(use: LiveUse, now: Identity | undefined): CallError | undefined {
  if (now === undefined) return new CallError('UNAUTHENTICATED', 'The key is no longer valid.')
  if (use.allowed === undefined || use.allowed(now)) return undefined
  return new CallError('ACCESS_DENIED', 'The key may no longer do this.')
}

function touches({ kind, subjectIds }: IdentityChangeNotice, identity: Identity): boolean {
  if (subjectIds === undefined) return true
  const { id, keyId, orgIds = [] } = identity
  if (kind === 'key') return keyId !== undefined && subjectIds.includes(keyId)
  return subjectIds.includes(id) || orgIds.some((orgId) => subjectIds.includes(orgId))
}
