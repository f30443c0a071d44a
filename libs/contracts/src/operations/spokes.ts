import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { SPOKE_NAME_PATTERN } from '../names.ts'
import { closed, page, pageInput, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { HostInfo } from '../spoke-protocol.ts'
import { mutation, notFound, query } from './define.ts'

const SpokeStatus = Type.Union([
  Type.Literal('connected'),
  Type.Literal('suspended'),
  Type.Literal('disconnected'),
])

/** A spoke as its owner sees it. */
export const Spoke = Type.Object({
  spokeId: Uuid,
  name: Type.String(),
  spokeType: Type.Union([Type.Literal('dev-env'), Type.Literal('client'), Type.Literal('compute')]),
  ownerId: Uuid,
  status: SpokeStatus,
  epoch: Type.Integer({ minimum: 0, description: 'Attaches so far.' }),
  version: Type.Optional(Type.String()),
  hostInfo: Type.Optional(HostInfo),
  connectedAt: Type.Optional(Timestamp),
  disconnectedAt: Type.Optional(Timestamp),
  unresponsiveSince: Type.Optional(
    Type.String({
      format: 'date-time',
      description:
        'Set while the socket of a connected spoke is alive but its program takes no calls, for instance because its main thread is blocked.',
    }),
  ),
  operationCount: Type.Integer({ minimum: 0 }),
})
export type Spoke = Static<typeof Spoke>

export const SpokesListInput = Type.Object(
  {
    status: Type.Optional(SpokeStatus),
    departed: Type.Optional(
      Type.Boolean({ description: 'False leaves out those that are disconnected. Default true.' }),
    ),
    ...pageInput,
  },
  closed,
)
export type SpokesListInput = Static<typeof SpokesListInput>

export const SpokeName = Type.Object({ name: Type.String({ pattern: SPOKE_NAME_PATTERN }) }, closed)
export type SpokeName = Static<typeof SpokeName>

export const SpokeDetails = Type.Composite([
  Spoke,
  Type.Object({
    operations: Type.Array(
      Type.Object({
        name: Type.String({ description: "The spoke's own `namespace.name`." }),
        operationId: Type.String(),
        status: Type.String(),
        reason: Type.Optional(Type.String()),
      }),
    ),
  }),
])
export type SpokeDetails = Static<typeof SpokeDetails>

export const SpokesDisconnectOutput = Type.Object({
  name: Type.String(),
  disconnected: Type.Boolean({ description: 'False when it was not connected.' }),
})
export type SpokesDisconnectOutput = Static<typeof SpokesDisconnectOutput>

export const SpokesDeleteOutput = Type.Object({ name: Type.String(), spokeId: Uuid })
export type SpokesDeleteOutput = Static<typeof SpokesDeleteOutput>

export const spokesOperations: readonly ServiceOperation[] = [
  {
    service: 'spoke-broker',
    spec: query('spokes.list', {
      title: 'List spokes',
      description: 'The spokes that serve the caller, attached now or before.',
      input: SpokesListInput,
      output: page(Spoke),
      scopes: [SCOPES.SPOKES_READ],
    }),
  },
  {
    service: 'spoke-broker',
    spec: query('spokes.get', {
      title: 'One spoke',
      description: 'A spoke by its name, with its operations and their state.',
      input: SpokeName,
      output: SpokeDetails,
      scopes: [SCOPES.SPOKES_READ],
      errors: notFound('SPOKE_NOT_FOUND', 'spoke'),
    }),
  },
  {
    service: 'spoke-broker',
    spec: mutation('spokes.disconnect', {
      title: 'Disconnect a spoke',
      description: 'Closes the socket of a spoke; calls in flight on it end with PROVIDER_LOST.',
      input: SpokeName,
      output: SpokesDisconnectOutput,
      scopes: [SCOPES.SPOKES_WRITE],
      errors: notFound('SPOKE_NOT_FOUND', 'spoke'),
      hints: { destructive: true, idempotent: true },
    }),
  },
  {
    service: 'spoke-broker',
    spec: mutation('spokes.delete', {
      title: 'Forget a spoke',
      description:
        'Deletes a spoke that is disconnected, with its registrations: its operations are listed no more and its name is free. Keys and grants lose their rights on the name. Its calls stay in the log. For its owner and for admins of the hub.',
      input: SpokeName,
      output: SpokesDeleteOutput,
      scopes: [SCOPES.SPOKES_WRITE],
      errors: notFound('SPOKE_NOT_FOUND', 'spoke'),
      hints: { destructive: true },
    }),
  },
]
