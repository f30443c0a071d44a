import type { ServiceRuntime } from '@alkdev/service'
import type { SessionWithOrg } from '@alkdev/storage/sessions'

type Announced = Pick<
  SessionWithOrg,
  'id' | 'accountId' | 'orgId' | 'status' | 'waitingOn' | 'projectId'
>

/** Announces a session on the event stream of the hub: ids and status, no text. One without an owner is not announced, because every account would see it. */
export function announceSession(
  { bus }: Pick<ServiceRuntime, 'bus'>,
  { id, accountId, orgId, status, waitingOn, projectId }: Announced,
  what: 'created' | 'updated' | 'deleted',
): void {
  if (accountId === null && orgId === null) return
  bus.emit(`session.${what}`, id, {
    ...(accountId !== null && { ownerId: accountId }),
    ...(orgId !== null && { orgId }),
    projectId,
    status,
    ...(waitingOn !== null && { waitingOn }),
  })
}
