import type { SpokeAttachment } from '@alkdev/bus'
import { SPOKE_ATTACHED_AGAIN } from '@alkdev/bus'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import type { ServiceRuntime } from '@alkdev/service'
import { sleep } from '@alkdev/std'
import { spokeAttachment } from './spoke-attachment.ts'
import type { BoundPlace } from './turn/bound-place.ts'
import { isAnother, readRepository } from './turn/read-repository.ts'

const MAX_TRIES = 3
const PAUSE_MS = 200

/** Where the operations of a workspace are, and the repository that it knows. */
export type FilesPlace = Pick<BoundPlace, 'prefix' | 'spoke' | 'worktree' | 'repository'>

/** A place, and the attachment of its spoke that the calls there name. */
export type NamedPlace = FilesPlace & { readonly attachment: SpokeAttachment }

/**
 * Any process of the account can attach a spoke under the same name, with other files. What acts on the files of a workspace outside of a turn compares the
 * repository first, and names the attachment that has said it in each call: no other process gets one. `operationId`: an operation of the spoke that
 * will be called. Throws WORKSPACE_MISMATCH, and PROVIDER_UNAVAILABLE when the spoke does not answer or is not there.
 */
export async function namedPlace(
  { bus }: Pick<ServiceRuntime<'coordinator'>, 'bus'>,
  place: FilesPlace,
  operationId: string,
  principal: Identity,
): Promise<NamedPlace> {
  const { repository, spoke } = place
  for (let tries = 1; ; tries++) {
    const attachment = spokeAttachment({ bus }, operationId, principal)
    if (attachment === undefined)
      throw new CallError(
        'PROVIDER_UNAVAILABLE',
        `There is no operation ${operationId}: the spoke is unavailable, or the rights do not include it.`,
      )
    if (repository === undefined) return { ...place, attachment }
    try {
      // oxlint-disable-next-line no-await-in-loop -- until one attachment has answered
      const served = await readRepository({ bus }, place, { principal, attachment })
      if (!isAnother(served, repository)) return { ...place, attachment }
    } catch (thrown) {
      const error = CallError.from(thrown)
      const { reason } = (error.details ?? {}) as { reason?: unknown }
      if (reason !== SPOKE_ATTACHED_AGAIN || tries === MAX_TRIES) throw error
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleep(PAUSE_MS)
      continue
    }
    throw new CallError(
      'WORKSPACE_MISMATCH',
      `The workspace is in another repository than the one that the spoke ${spoke} serves now. Start the spoke in the folder of before.`,
    )
  }
}
