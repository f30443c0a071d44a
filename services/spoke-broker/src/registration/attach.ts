import { CLOSE_CODES, REPLACED_REASONS } from '@alkdev/contracts'
import type { SpokeHello } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { attachWithRegistrations } from '@alkdev/storage'
import type { AttachSpoke, PreviousAttachment, Registration } from '@alkdev/storage'
import type { BrokerContext } from '../context.ts'
import type { Connection } from '../connection/connection.ts'
import type { AttachKind } from '../events.ts'
import { AttachedSpoke } from '../spokes/attached-spoke.ts'
import { replaceAttachment } from '../spokes/replace-attachment.ts'
import { attemptOf } from '../spokes/request-id.ts'
import { announce } from './announce.ts'
import type { Served } from './check-project.ts'
import { offeredSet } from './offered-set.ts'
import { newSessionToken, tokenHash } from './session-token.ts'

/** The first registration on a socket: a new epoch of the spoke. Throws CONFLICT, and ABORTED when the socket has closed meanwhile. */
export async function attach(
  context: BrokerContext,
  connection: Connection,
  hello: SpokeHello,
  registrations: readonly Registration[],
  { orgId }: Served,
): Promise<{ readonly spoke: AttachedSpoke; readonly resumed: string[] }> {
  const { config, db } = context.runtime
  const session = newSessionToken()
  const row = rowOf(context, connection, hello, session.hash)
  const attached = await attachWithRegistrations(db, row, registrations, () => {
    // The transaction waited for the row. A connection that has closed meanwhile must not replace a newer attachment.
    if (!connection.open)
      throw new CallError('ABORTED', 'The socket closed during the registration.')
  })
  const { spokeId, epoch, previous } = attached
  const spoke = new AttachedSpoke({
    info: {
      spokeId,
      name: hello.name,
      ownerId: connection.identity.id,
      ...compact({ orgId }),
      epoch,
    },
    connection,
    sessionToken: session.token,
    projectId: hello.projectId,
    capacity: hello.capacity,
    offered: offeredSet(registrations),
    schemas: context.schemas,
    events: context.events,
    tracer: context.runtime.tracer,
    confirm: () => context.runtime.live.confirm(connection.identity),
    limits: {
      maxInFlight: config.spokes.maxInFlightPerSocket,
      maxQueued: config.spokes.maxQueuedPerSocket,
      maxPayloadBytes: config.limits.maxPayloadBytes,
      maxBufferedBytes: config.spokes.maxFrameBytes * 2,
    },
  })
  const former = context.spokes.put(spoke)
  if (former === false) {
    connection.close(CLOSE_CODES.REPLACED, REPLACED_REASONS.TAKEN_OVER)
    throw new CallError('CONFLICT', `${hello.name} has attached again in the meantime.`)
  }
  const same = previous?.sameToken === true
  if (former) replaceAttachment(context, former, same ? 'moved' : 'taken-over')
  const resumed = same ? await resume(context, spoke, hello.resume) : []
  await announce(context, attached.change)
  const quarantined = registrations.filter(({ status }) => status === 'quarantined').length
  const how = kindOf(previous)
  context.events.attached(spoke.info, how, registrations.length, quarantined, resumed.length)
  return { spoke, resumed }
}

function rowOf(
  { runtime }: BrokerContext,
  { identity }: Connection,
  hello: SpokeHello,
  sessionTokenHash: string,
): AttachSpoke {
  const { name, spokeType, projectId, version, capacity, hostInfo, sessionToken } = hello
  return {
    name,
    ownerId: identity.id,
    spokeType,
    instanceId: runtime.bus.instanceId,
    sessionTokenHash,
    ...(sessionToken !== undefined && { presentedTokenHash: tokenHash(sessionToken) }),
    ...compact({ projectId, version, capacity, hostInfo }),
  }
}

/** Finds the calls that the spoke still has and whose callers still wait, and takes them over. Returns their ids. */
async function resume(
  context: BrokerContext,
  spoke: AttachedSpoke,
  offered: SpokeHello['resume'],
): Promise<string[]> {
  const ids = new Set([...(offered?.inFlight ?? []), ...(offered?.answered ?? [])])
  const attempts = [...ids].flatMap((id) => attemptOf(id) ?? [])
  if (attempts.length === 0) return []
  const { bus, logger } = context.runtime
  const { spokeId, epoch, name } = spoke.info
  try {
    const calls = await bus.resume(spokeId, epoch, attempts)
    return calls.map((call) => spoke.adopt(call))
  } catch (error) {
    // Their callers get PROVIDER_LOST when the resume window is over.
    logger.warn({ err: error, spoke: name }, 'calls could not be resumed')
    return []
  }
}

function kindOf(previous: PreviousAttachment | undefined): AttachKind {
  if (!previous) return 'new'
  return previous.sameToken ? 'reconnect' : 'take-over'
}
