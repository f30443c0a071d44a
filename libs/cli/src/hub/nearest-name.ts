import { compact, didYouMean } from '@alkdev/std'
import { HubProblemError } from '../failure.ts'
import { withNearestOperation, withScopes } from './find-operations.ts'
import type { HubClient } from './hub-client.ts'

/** For an error that did not find a name: the operation that lists the names that exist, and the member of the input with the name. */
const LISTS: ReadonlyMap<string, readonly [list: string, member: string]> = new Map([
  ['SPOKE_NOT_FOUND', ['spokes.list', 'name']],
  ['ROLE_NOT_FOUND', ['roles.list', 'name']],
  ['CLIENT_NOT_FOUND', ['clients.list', 'name']],
  ['SCHEDULE_NOT_FOUND', ['schedules.list', 'schedule']],
  ['WEBHOOK_NOT_FOUND', ['webhooks.list', 'webhook']],
  ['WORKFLOW_NOT_FOUND', ['workflows.list', 'name']],
])
const NAMES = 200

/**
 * The error of a call whose input has a name that does not exist, with the most similar names. Other errors are returned unchanged. Needs
 * one more request, only after such a failure.
 */
export async function withNearestName(
  hub: HubClient,
  operationId: string,
  input: unknown,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof HubProblemError)) return error
  if (error.code === 'OPERATION_NOT_FOUND') {
    // The input can name an operation too, for instance that of a schedule.
    const { operationId: missing } = (error.details ?? {}) as { readonly operationId?: unknown }
    return typeof missing === 'string' && missing !== operationId
      ? withNearestOperation(hub, missing, error)
      : ((await withScopes(operationId, error)) ?? error)
  }
  const [list, member] = LISTS.get(error.code) ?? []
  if (list === undefined || member === undefined) return error
  const { [member]: name, project } = (input ?? {}) as Readonly<Record<string, unknown>>
  if (typeof name !== 'string') return error
  // Workflows have names in their project.
  const where = list === 'workflows.list' ? compact({ project }) : {}
  const page = await hub
    .call<{ items: readonly { name: string }[] }>(list, { ...where, limit: NAMES })
    .catch(() => ({ items: [] }))
  const near = didYouMean(
    name,
    page.items.map((one) => one.name),
  )
  if (near === '') return error
  return new HubProblemError(
    {
      code: error.code,
      detail: `${error.detail}${near}`,
      details: error.details,
      ...compact({ callId: error.callId }),
    },
    operationId,
  )
}
