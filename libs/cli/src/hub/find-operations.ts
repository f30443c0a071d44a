import { HubProblemError, MissingScopeError } from '../failure.ts'
import { compact, didYouMean } from '@alkdev/std'
import type { HubClient } from './hub-client.ts'

/** An operation in a list. */
export interface ListedOperation {
  readonly operationId: string
  readonly type: string
  readonly title?: string
  readonly description: string
  /** It has no provider now: its spokes are disconnected. */
  readonly departed?: boolean
}

export interface OperationPage {
  readonly items: readonly ListedOperation[]
  readonly nextCursor?: string
}

const PAGE = 200

/** Operations of `GET /api/operations`, page by page, `limit` at most. A search has one page. */
export async function findOperations(
  hub: HubClient,
  query: Readonly<Record<string, string>>,
  limit: number,
): Promise<OperationPage> {
  const items: ListedOperation[] = []
  let cursor = query['cursor']
  while (items.length < limit) {
    const parameters = new URLSearchParams({
      ...query,
      limit: String(Math.min(PAGE, limit - items.length)),
      ...compact({ cursor }),
    })
    const page = await hub.get<OperationPage>(`/api/operations?${parameters.toString()}`)
    items.push(...page.items)
    cursor = page.nextCursor
    if (cursor === undefined || page.items.length === 0) return { items }
  }
  return cursor === undefined ? { items } : { items, nextCursor: cursor }
}

/** The error for a name that does not exist, with the most similar names, or with the scopes that the key lacks. Needs one more request, only after such a failure. */
export async function withNearestOperation(
  hub: HubClient,
  operationId: string,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof HubProblemError) || error.code !== 'OPERATION_NOT_FOUND') return error
  const { operationId: missing } = (error.details ?? {}) as { operationId?: unknown }
  // The operation itself may have called another one that does not exist.
  if (missing !== operationId) return error
  const refused = await withScopes(operationId, error)
  if (refused !== undefined) return refused
  const page = await findOperations(hub, {}, 5000).catch(() => undefined)
  const near = didYouMean(
    operationId,
    (page?.items ?? []).map((one) => one.operationId),
  )
  if (near === '') return error
  return new HubProblemError(
    {
      code: error.code,
      // The hub's own suggestions would repeat them.
      detail: `${error.detail.replace(/ Try `[^`]+`(?:, `[^`]+`)*\.$/, '')}${near}`,
      ...compact({ callId: error.callId }),
    },
    operationId,
  )
}

/** For an operation of the hub itself, which exists: what the key lacks. Undefined for any other operation. */
export async function withScopes(
  operationId: string,
  error: HubProblemError,
): Promise<HubProblemError | undefined> {
  const { SERVICE_OPERATIONS } = await import('@alkdev/contracts')
  const found = SERVICE_OPERATIONS.find(
    ({ spec }) => `${spec.namespace}.${spec.name}` === operationId,
  )
  const scopes = found?.spec.accessControl.requiredScopes ?? []
  if (scopes.length === 0) return undefined
  const flags = scopes.map((scope) => `--scope ${scope}`).join(' ')
  return new MissingScopeError(
    {
      code: error.code,
      detail: `The key may not use ${operationId}: it needs ${scopes.join(' and ')}.`,
      ...compact({ callId: error.callId }),
    },
    operationId,
    { instead: `Use another key, for instance one of \`alkhub keys create NAME ${flags}\`.` },
  )
}
