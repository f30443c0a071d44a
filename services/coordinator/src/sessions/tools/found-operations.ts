import type { HubSearchInput } from '@alkdev/contracts'
import type { BoundOperations } from './bound-operations.ts'

/** What a search gives where it names no limit, and at most. */
const DEFAULT_LIMIT = 10
const MAX_LIMIT = 200

const ADVICE =
  'Operations match, and the session may call none of them: its role denies them, or they work on another spoke than its workspace. Try other words.'

interface Found {
  readonly items: readonly { readonly operationId: string }[]
  readonly advice?: string
}

/** A search asks for as many as it may: those that the session may not call are left out of its answer. */
export function widenSearch(operationId: string, input: unknown): unknown {
  return operationId === 'hub.search' ? { ...(input as HubSearchInput), limit: MAX_LIMIT } : input
}

/** What a session gets of the answer of `hub.search` and `hub.list`: what it may call. The answers of other operations are left as they are. */
export function onlyCallable(
  operationId: string,
  input: unknown,
  data: unknown,
  bound: BoundOperations,
): unknown {
  if (operationId !== 'hub.search' && operationId !== 'hub.list') return data
  const found = data as Found
  const callable = found.items.filter((item) => bound.isCallable(item.operationId))
  if (operationId === 'hub.list') return { ...found, items: callable }
  const { limit = DEFAULT_LIMIT } = input as HubSearchInput
  const isNone = callable.length === 0 && found.items.length > 0
  return { ...found, items: callable.slice(0, limit), ...(isNone && { advice: ADVICE }) }
}
