import type { SpokeAttachment } from '@alkdev/bus'
import type { ServiceRuntime } from '@alkdev/service'
import type { Identity } from '@alkdev/operations'
import type { BoundPlace } from './bound-place.ts'

/** What is checked out in the worktree of a place. Undefined when its spoke is unavailable, or the principal may not read it. Throws what the spoke says. */
export async function readWorktree(
  { bus }: Pick<ServiceRuntime, 'bus'>,
  { prefix, worktree }: Pick<BoundPlace, 'prefix' | 'worktree'>,
  principal: Identity,
  timeoutMs: number,
  attachment: SpokeAttachment,
): Promise<{ readonly branch: string | null; readonly commit: string | null } | undefined> {
  const operationId = `${prefix}.git.status`
  if (bus.directory.get(operationId, principal) === undefined) return undefined
  const { envelope } = await bus.call(
    operationId,
    { worktree },
    {
      principal,
      timeoutMs,
      attachment,
    },
  )
  return envelope.data as { branch: string | null; commit: string | null }
}
