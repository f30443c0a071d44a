import type { PoolMember } from '@alkdev/bus'
import { pinnedOperationId } from '@alkdev/contracts'
import type { SpokeHello, SpokeWelcome } from '@alkdev/contracts'
import { CallError, operationIdOf } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { clientNamesAmong, replaceRegistrations } from '@alkdev/storage'
import type { Registration } from '@alkdev/storage'
import { eventLoopYielder } from '@alkdev/std/yield-to-event-loop'
import type { BrokerContext } from '../context.ts'
import type { Connection } from '../connection/connection.ts'
import type { AttachedSpoke } from '../spokes/attached-spoke.ts'
import { announce } from './announce.ts'
import { attach } from './attach.ts'
import { checkHello, checkNamespaces } from './check-hello.ts'
import { checkProject } from './check-project.ts'
import { offeredSet, setChange } from './offered-set.ts'
import { checkPool } from './pool-check.ts'

/** The state of a connection with respect to its spoke. */
export interface Registered {
  readonly spoke: AttachedSpoke
  readonly welcome: SpokeWelcome
}

export interface RegisterRequest {
  readonly input: unknown
  /** The spoke on this socket, from an earlier registration. */
  readonly current: AttachedSpoke | undefined
}

/**
 * `hub.register`: the first one on a socket attaches the spoke, later ones replace what it offers. The registry change is
 * committed before this resolves. Throws ACCESS_DENIED, VALIDATION_ERROR (every path), CONFLICT (a name of another account, another
 * name or project on the same socket, a newer attachment), UNAVAILABLE.
 */
export async function register(
  context: BrokerContext,
  connection: Connection,
  { input, current }: RegisterRequest,
): Promise<Registered> {
  const { config, db } = context.runtime
  const limits = {
    maxOperations: config.spokes.maxRegisteredOperations,
    maxSchemaBytes: config.spokes.maxSchemaBytes,
  }
  const { hello, specs } = await checkHello(input, limits, (schema) =>
    context.schemas.schema(connection.identity.id, schema),
  )
  const namespaces = [...new Set(specs.map((spec) => spec.namespace))]
  checkNamespaces(specs, await clientNamesAmong(db, namespaces))
  const served = await checkProject(db, hello.projectId, connection.identity)
  const registrations = await remap(context, hello, specs, {
    ...served,
    ownerId: connection.identity.id,
    spokeName: hello.name,
  })
  const common = {
    heartbeatMs: config.spokes.heartbeatMs,
    maxPayloadBytes: config.limits.maxPayloadBytes,
    operations: registrations.map(answerOf),
  }
  if (current) {
    await replace(context, current, hello, registrations)
    const { info, sessionToken } = current
    const welcome = { ...common, spokeId: info.spokeId, sessionToken }
    // Nothing is resumed on a socket that is still open.
    return { spoke: current, welcome: hello.resume ? { ...welcome, resumed: [] } : welcome }
  }
  const { spoke, resumed } = await attach(context, connection, hello, registrations, served)
  const { info, sessionToken } = spoke
  const welcome = { ...common, spokeId: info.spokeId, sessionToken }
  return { spoke, welcome: hello.resume ? { ...welcome, resumed } : welcome }
}

/** Another set of operations on the same socket. The spoke and the accounts that it serves stay the same. */
async function replace(
  context: BrokerContext,
  current: AttachedSpoke,
  hello: SpokeHello,
  operations: readonly Registration[],
): Promise<void> {
  const { name, spokeId, epoch } = current.info
  if (name !== hello.name)
    throw new CallError('CONFLICT', `This socket belongs to the spoke ${name}.`)
  if (hello.projectId !== current.projectId)
    throw new CallError('CONFLICT', 'To change its project, the spoke must attach again.')
  const { db } = context.runtime
  const change = await replaceRegistrations(db, { spokeId, epoch, operations })
  current.capacity = hello.capacity
  await announce(context, change)
  const offered = offeredSet(operations)
  const difference = setChange(current.offered, offered)
  current.offered = offered
  if (Object.values(difference).every((count) => count === 0)) return
  const quarantined = operations.filter(({ status }) => status === 'quarantined').length
  context.events.registered(current.info, difference, operations.length, quarantined)
}

/** The hub's names, and which of them are active in their pools. Yields to the event loop between two operations. */
async function remap(
  context: BrokerContext,
  hello: SpokeHello,
  specs: readonly OperationSpec[],
  member: PoolMember,
): Promise<Registration[]> {
  const { directory } = context.runtime.bus
  const yieldToEventLoop = eventLoopYielder()
  const registrations: Registration[] = []
  for (const spec of specs) {
    // oxlint-disable-next-line no-await-in-loop -- sequential on purpose
    await yieldToEventLoop()
    const operationId = pinnedOperationId(hello.spokeType, hello.name, operationIdOf(spec))
    const verdict = checkPool(spec, member, directory)
    registrations.push({
      operationId,
      namespace: operationId.slice(0, operationId.lastIndexOf('.')),
      name: spec.name,
      preRemapNamespace: spec.namespace,
      preRemapName: spec.name,
      spec,
      status: verdict.status,
      ...compact({ reason: verdict.reason }),
    })
  }
  return registrations
}

function answerOf(registration: Registration): SpokeWelcome['operations'][number] {
  const { preRemapNamespace, preRemapName, operationId, status, reason } = registration
  return {
    name: `${preRemapNamespace}.${preRemapName}`,
    operationId,
    status: status === 'quarantined' ? 'quarantined' : 'active',
    ...compact({ reason }),
  }
}
