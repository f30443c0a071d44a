import { compact, didYouMean } from '@alkdev/std'
import { HubProblemError } from '../failure.ts'
import type { HubClient } from './hub-client.ts'

/** For an error that did not find a name: the operation that lists the names that exist. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ['SPOKE_NOT_FOUND', 'spokes.list'],
  ['ROLE_NOT_FOUND', 'roles.list'],
  ['CLIENT_NOT_FOUND', 'clients.list'],
])
const NAMES = 200

/**
 * The error of a call whose input has a `name` that does not exist, with the most similar names. Other errors are returned unchanged. Needs
 * one more request, only after such a failure.
 */
export async function withNearestName(
  hub: HubClient,
  operationId: string,
  input: unknown,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof HubProblemError)) return error
  const list = LISTS.get(error.code)
  const { name } = (input ?? {}) as { name?: unknown }
  if (list === undefined || typeof name !== 'string') return error
  const page = await hub
    .call<{ items: readonly { name: string }[] }>(list, { limit: NAMES })
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
