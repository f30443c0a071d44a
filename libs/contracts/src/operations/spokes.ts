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

/** What a connected spoke does now. */
const SpokeLoad = Type.Object(
  {
    inFlight: Type.Integer({ minimum: 0, description: 'Calls that it runs.' }),
    waiting: Type.Integer({
      minimum: 0,
      description: 'Calls that wait at the spoke-broker for a free place.',
    }),
    capacity: Type.Integer({
      minimum: 1,
      description:
        'Calls that it gets at the same time at most: its own `capacity`, and not more than `spokes.maxInFlightPerSocket`.',
    }),
  },
  {
    description:
      'What it does now. Absent for a spoke that is not connected, and when the process that holds its socket does not reply within a second.',
  },
)

/** A spoke as its owner sees it. */
export const Spoke = Type.Object({
  spokeId: Uuid,
  name: Type.String(),
  spokeType: Type.Union([Type.Literal('dev-env'), Type.Literal('client'), Type.Literal('compute')]),
  ownerId: Uuid,
  status: SpokeStatus,
  epoch: Type.Integer({ minimum: 0, description: 'Number of attaches so far.' }),
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
  load: Type.Optional(SpokeLoad),
})
export type Spoke = Static<typeof Spoke>

export const SpokesListInput = Type.Object(
  {
    status: Type.Optional(SpokeStatus),
    departed: Type.Optional(
      Type.Boolean({ description: 'False leaves out disconnected spokes. Default: true.' }),
    ),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'Only spokes with this text in their name.',
      }),
    ),
    load: Type.Optional(
      Type.Boolean({
        description:
          'With the `load` of each spoke, from one query to all processes that hold sockets. Default: false.',
      }),
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

export const SpokesDrainInput = Type.Object(
  {
    name: Type.String({ pattern: SPOKE_NAME_PATTERN }),
    withinMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 600_000,
        description:
          'Milliseconds that calls in flight have to end; its socket is closed afterwards. Default: 30,000.',
      }),
    ),
  },
  closed,
)
export type SpokesDrainInput = Static<typeof SpokesDrainInput>

export const SpokesDrainOutput = Type.Object({
  name: Type.String(),
  draining: Type.Boolean({ description: 'False when it was not connected.' }),
})
export type SpokesDrainOutput = Static<typeof SpokesDrainOutput>

export const SpokesDeleteOutput = Type.Object({ name: Type.String(), spokeId: Uuid })
export type SpokesDeleteOutput = Static<typeof SpokesDeleteOutput>

export const spokesOperations: readonly ServiceOperation[] = [
  {
    service: 'spoke-broker',
    spec: query('spokes.list', {
      title: 'List spokes',
      description:
        'The spokes that serve the caller, attached now or before; with `load`, how many calls each runs now of how many it takes.',
      input: SpokesListInput,
      output: page(Spoke),
      scopes: [SCOPES.SPOKES_READ],
    }),
  },
  {
    service: 'spoke-broker',
    spec: query('spokes.get', {
      title: 'One spoke',
      description:
        'A spoke by its name, with its operations and their state, and how many calls it runs now of how many it takes.',
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
    spec: mutation('spokes.drain', {
      title: 'Drain a spoke',
      description:
        'Ends the work of a spoke without losing a call: it gets no new calls from now on, those in flight end, then its socket is closed. Calls that have not ended in time end with PROVIDER_LOST. It is listed as disconnected at once, and ends like after `spokes.disconnect`.',
      input: SpokesDrainInput,
      output: SpokesDrainOutput,
      scopes: [SCOPES.SPOKES_WRITE],
      errors: notFound('SPOKE_NOT_FOUND', 'spoke'),
      hints: { destructive: true, idempotent: true },
    }),
  },
  {
    service: 'spoke-broker',
    spec: mutation('spokes.delete', {
      title: 'Delete a spoke',
      description:
        'Deletes a disconnected spoke with its registrations: its operations are no longer listed and its name can be used again. Keys and grants lose their rights on the name. Its calls stay in the log. For its owner and for admins of the hub.',
      input: SpokeName,
      output: SpokesDeleteOutput,
      scopes: [SCOPES.SPOKES_WRITE],
      errors: notFound('SPOKE_NOT_FOUND', 'spoke'),
      hints: { destructive: true },
    }),
  },
]
