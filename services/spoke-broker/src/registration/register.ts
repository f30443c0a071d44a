import { pinnedOperationId } from '@alkdev/contracts'
import type { SpokeHello, SpokeWelcome } from '@alkdev/contracts'
import { CallError, operationIdOf } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { attachSpoke, inTransaction, replaceRegistrations } from '@alkdev/storage'
import type { PreviousAttachment, Registration } from '@alkdev/storage'
import type { BrokerContext } from '../context.ts'
import type { Connection } from '../connection/connection.ts'
import type { AttachKind, SpokeFacts } from '../events.ts'
import { AttachedSpoke } from '../spokes/attached-spoke.ts'
import { displace } from '../spokes/displace.ts'
import { checkHello } from './check-hello.ts'
import { checkPool } from './pool-check.ts'
import { newSessionToken, tokenHash } from './session-token.ts'

/** What a connection knows of the spoke on it. */
export interface Registered {
  readonly spoke: AttachedSpoke
  readonly welcome: SpokeWelcome
}

/**
 * `hub.register`: the first one on a socket attaches the spoke, later ones replace what it offers. The registry change is
 * committed before this resolves. Throws ACCESS_DENIED, VALIDATION_ERROR (every path), CONFLICT (a name of another account), UNAVAILABLE.
 */
export async function register(
  context: BrokerContext,
  connection: Connection,
  input: unknown,
  current: AttachedSpoke | undefined,
): Promise<Registered> {
  const { config } = context.runtime
  const { hello, specs } = checkHello(input, config.spokes.maxRegisteredOperations)
  if (current && current.facts.name !== hello.name)
    throw new CallError('CONFLICT', `This socket is the one of ${current.facts.name}.`)
  const registrations = remap(context, connection, hello, specs, current?.facts.spokeId)
  const answer = registrations.map((registration) => ({
    name: `${registration.preRemapNamespace}.${registration.preRemapName}`,
    operationId: registration.operationId,
    status: registration.status as 'active' | 'quarantined',
    ...(registration.reason !== undefined && { reason: registration.reason }),
  }))
  const common = {
    heartbeatMs: config.spokes.heartbeatMs,
    maxPayloadBytes: config.limits.maxPayloadBytes,
    operations: answer,
  }
  if (current) {
    const { spokeId, epoch } = current.facts
    const change = await replaceRegistrations(context.runtime.db, {
      spokeId,
      epoch,
      operations: registrations,
    })
    await context.runtime.bus.announceChange(change)
    return {
      spoke: current,
      welcome: { ...common, spokeId, sessionToken: hello.sessionToken ?? '' },
    }
  }
  const { spoke, token, resumed } = await attach(context, connection, hello, registrations)
  const welcome = { ...common, spokeId: spoke.facts.spokeId, sessionToken: token }
  return { spoke, welcome: hello.resume ? { ...welcome, resumed } : welcome }
}

function remap(
  context: BrokerContext,
  connection: Connection,
  hello: SpokeHello,
  specs: readonly OperationSpec[],
  spokeId: string | undefined,
): Registration[] {
  const { directory } = context.runtime.bus
  return specs.map((spec) => {
    const own = operationIdOf(spec)
    const operationId = pinnedOperationId(hello.spokeType, hello.name, own)
    const verdict = checkPool(spec, spokeId, directory, connection.identity)
    return {
      operationId,
      namespace: operationId.slice(0, operationId.lastIndexOf('.')),
      name: spec.name,
      preRemapNamespace: spec.namespace,
      preRemapName: spec.name,
      spec,
      status: verdict.status,
      ...(verdict.reason !== undefined && { reason: verdict.reason }),
    }
  })
}

async function attach(
  context: BrokerContext,
  connection: Connection,
  hello: SpokeHello,
  registrations: readonly Registration[],
): Promise<{ spoke: AttachedSpoke; token: string; resumed: string[] }> {
  const { bus, config, db } = context.runtime
  const session = newSessionToken()
  const presented = hello.sessionToken
  const attached = await inTransaction(db, async (tx) => {
    const row = await attachSpoke(tx, {
      name: hello.name,
      ownerId: connection.identity.id,
      spokeType: hello.spokeType,
      instanceId: bus.instanceId,
      sessionTokenHash: session.hash,
      ...(presented !== undefined && { presentedTokenHash: tokenHash(presented) }),
      ...(hello.projectId !== undefined && { projectId: hello.projectId }),
      ...(hello.version !== undefined && { version: hello.version }),
      ...(hello.capacity !== undefined && { capacity: hello.capacity }),
      ...(hello.hostInfo !== undefined && { hostInfo: hello.hostInfo }),
    })
    const { spokeId, epoch } = row
    const change = await replaceRegistrations(tx, { spokeId, epoch, operations: registrations })
    return { ...row, change }
  })
  const facts: SpokeFacts = {
    spokeId: attached.spokeId,
    name: hello.name,
    ownerId: connection.identity.id,
    epoch: attached.epoch,
  }
  const spoke = new AttachedSpoke({
    facts,
    connection,
    capacity: hello.capacity,
    events: context.events,
    limits: {
      maxInFlight: config.spokes.maxInFlightPerSocket,
      maxQueued: config.spokes.maxQueuedPerSocket,
      maxPayloadBytes: config.limits.maxPayloadBytes,
      maxBufferedBytes: config.spokes.maxFrameBytes * 2,
    },
  })
  const former = context.spokes.get(facts.spokeId)
  context.spokes.set(spoke)
  if (former) displace(former)
  const resumed = context.orphans.claim(spoke, hello.resume, connection)
  await bus.announceChange(attached.change)
  const quarantined = registrations.filter((one) => one.status === 'quarantined').length
  context.events.attached(facts, kindOf(attached.previous), registrations.length, quarantined)
  return { spoke, token: session.token, resumed }
}

function kindOf(previous: PreviousAttachment | undefined): AttachKind {
  if (!previous) return 'new'
  return previous.sameToken ? 'reconnect' : 'take-over'
}
