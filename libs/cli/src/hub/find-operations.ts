import { HubProblemError } from '../failure.ts'
import { didYouMean } from '@alkdev/std'
import type { HubClient } from './hub-client.ts'

/** An operation in a list. */
export interface ListedOperation {
  readonly operationId: string
  readonly type: string
  readonly title?: string
  readonly description: string
  /** It has no provider now: its spokes are gone. */
  readonly departed?: boolean
}

export interface OperationPage {
  readonly items: readonly ListedOperation[]
  readonly nextCursor?: string
}

const PAGE = 200

/** Operations of `GET /api/operations`, page after page, `limit` at most. A search has one page. */
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
      ...(cursor !== undefined && { cursor }),
    })
    const page = await hub.get<OperationPage>(`/api/operations?${parameters.toString()}`)
    items.push(...page.items)
    cursor = page.nextCursor
    if (cursor === undefined || page.items.length === 0) return { items }
  }
  return cursor === undefined ? { items } : { items, nextCursor: cursor }
}

/** Of a name that does not exist: the same error, with the names that are most like it. Costs a request more, after a failure alone. */
export async function withNearestOperation(
  hub: HubClient,
  operationId: string,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof HubProblemError) || error.code !== 'OPERATION_NOT_FOUND') return error
  const { operationId: missing } = (error.details ?? {}) as { operationId?: unknown }
  // The operation itself may have called another one that does not exist.
  if (missing !== operationId) return error
  const page = await findOperations(hub, {}, 5000).catch(() => undefined)
  const near = didYouMean(
    operationId,
    (page?.items ?? []).map((one) => one.operationId),
  )
  if (near === '') return error
  return new HubProblemError(
    {
      code: error.code,
      detail: `${error.detail}${near}`,
      ...(error.callId !== undefined && { callId: error.callId }),
    },
    operationId,
  )
}
