import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { DEFAULT_LIMITS } from './limits.ts'
import { SPOKE_NAME_PATTERN } from './names.ts'
import { Uuid } from './schemas.ts'
import { WireOperationSpec } from './wire-operation-spec.ts'
import { PROTOCOL_VERSION } from './wire.ts'

/** What a peer calls a request on its own socket: any text, not only a UUID. */
export const RequestId = Type.String({ minLength: 1, maxLength: 128 })

const requestIds = Type.Array(RequestId, { maxItems: 4096 })

export const HostInfo = Type.Object({
  os: Type.Optional(Type.String({ maxLength: 128 })),
  arch: Type.Optional(Type.String({ maxLength: 64 })),
  nodeVersion: Type.Optional(Type.String({ maxLength: 64 })),
  memory: Type.Optional(Type.Number({ minimum: 0, description: 'Bytes.' })),
  cpu: Type.Optional(Type.Union([Type.Number({ minimum: 0 }), Type.String({ maxLength: 256 })])),
})
export type HostInfo = Static<typeof HostInfo>

/** Input of `hub.register`. */
export const SpokeHello = Type.Object({
  protocol: Type.Literal(PROTOCOL_VERSION),
  name: Type.String({ pattern: SPOKE_NAME_PATTERN }),
  spokeType: Type.Union([Type.Literal('dev-env'), Type.Literal('client'), Type.Literal('compute')]),
  projectId: Type.Optional(Uuid),
  version: Type.Optional(Type.String({ maxLength: 64 })),
  hostInfo: Type.Optional(HostInfo),
  capacity: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: DEFAULT_LIMITS.maxInFlightPerSocket,
      description:
        'Maximum number of calls that the spoke executes at a time; the hub queues the others.',
    }),
  ),
  operations: Type.Array(WireOperationSpec, { maxItems: DEFAULT_LIMITS.maxRegisteredOperations }),
  sessionToken: Type.Optional(
    Type.String({
      maxLength: 256,
      description: 'From the previous welcome; makes this hello a reconnect.',
    }),
  ),
  resume: Type.Optional(
    Type.Object({
      inFlight: Type.Array(RequestId, {
        maxItems: 4096,
        description: 'Calls that are still executed.',
      }),
      answered: Type.Array(RequestId, {
        maxItems: 4096,
        description: 'Calls that have ended and whose answers the hub may not have received.',
      }),
    }),
  ),
})
export type SpokeHello = Static<typeof SpokeHello>

/** What became of one operation of the hello. */
export const RegisteredOperation = Type.Object({
  name: Type.String({ description: "The spoke's own `namespace.name`." }),
  operationId: Type.String({ description: 'The id that the hub gave it.' }),
  status: Type.Union([Type.Literal('active'), Type.Literal('quarantined')]),
  reason: Type.Optional(Type.String()),
})
export type RegisteredOperation = Static<typeof RegisteredOperation>

/** Output of `hub.register`. */
export const SpokeWelcome = Type.Object({
  spokeId: Uuid,
  sessionToken: Type.String(),
  heartbeatMs: Type.Integer({ minimum: 1 }),
  maxPayloadBytes: Type.Integer({ minimum: 1 }),
  resumed: Type.Optional(requestIds),
  operations: Type.Array(RegisteredOperation),
})
export type SpokeWelcome = Static<typeof SpokeWelcome>

/** Input of `hub.unregister`: nothing. The socket is closed with 1000 when what is in flight has ended. */
export const SpokeGoodbye = Type.Object({})
