import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, Timestamp } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import { SERVICE_NAMES } from '../service-operation.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { query } from './define.ts'

const Ms = Type.Number({ minimum: 0 })

/** One process of a service, as it answers now. */
export const SystemInstance = Type.Object({
  instanceId: Type.String(),
  service: oneOf(SERVICE_NAMES),
  status: oneOf(['ready', 'not-ready', 'draining', 'no-answer']),
  startedAt: Timestamp,
  calls: Type.Integer({ minimum: 0, description: 'Calls that it runs now.' }),
  answeredMs: Type.Optional(
    Type.Number({
      minimum: 0,
      description:
        'Milliseconds until it answered a request for its state. Long when its event loop is busy.',
    }),
  ),
  redis: Type.Optional(Type.Boolean({ description: 'Whether it reaches Redis.' })),
  postgres: Type.Optional(Type.Boolean({ description: 'Whether it reaches PostgreSQL.' })),
  startMs: Type.Optional(
    Type.Number({ minimum: 0, description: 'Milliseconds that its start took.' }),
  ),
})
export type SystemInstance = Static<typeof SystemInstance>

/** What a check found, and how to correct it. */
export const SystemFinding = Type.Object({
  check: Type.String(),
  state: oneOf(['ok', 'note', 'wrong']),
  says: Type.String(),
  fix: Type.Optional(Type.String()),
})
export type SystemFinding = Static<typeof SystemFinding>

/** Something that must not be there, and how often it is. */
export const SystemInvariant = Type.Object({
  name: Type.String({ description: 'The label of the metric `alkhub_broken_invariants`.' }),
  broken: Type.Integer({
    minimum: 0,
    description: 'How often it is there for longer than a minute. 0 in a hub that is well.',
  }),
  counts: Type.String({ description: 'What it counts, in words.' }),
  keptBy: oneOf(SERVICE_NAMES, { description: 'The service that keeps it at 0.' }),
})
export type SystemInvariant = Static<typeof SystemInvariant>

export const SystemHealthInput = Type.Object({}, closed)

export const SystemHealth = Type.Object({
  at: Timestamp,
  healthy: Type.Boolean({ description: 'True when no finding is `wrong`.' }),
  findings: Type.Array(SystemFinding),
  instances: Type.Array(SystemInstance),
  invariants: Type.Optional(
    Type.Array(SystemInvariant, {
      description:
        'All of them, also those that hold. Absent when PostgreSQL did not count them in time.',
    }),
  ),
  postgres: Type.Object({
    answeredMs: Type.Optional(Ms),
    schemaLevel: Type.Optional(
      Type.Integer({ minimum: 0, description: 'The level that this version works with.' }),
    ),
    clockAheadMs: Type.Optional(
      Type.Number({ description: 'How far its clock is ahead of that of the gateway.' }),
    ),
  }),
  redis: Type.Object({
    answeredMs: Type.Optional(Ms),
    usedBytes: Type.Optional(Type.Integer({ minimum: 0 })),
    maxBytes: Type.Optional(Type.Integer({ minimum: 0, description: '0: no limit.' })),
    evictionPolicy: Type.Optional(Type.String()),
  }),
})
export type SystemHealth = Static<typeof SystemHealth>

export const systemOperations: readonly ServiceOperation[] = [
  {
    service: 'gateway',
    spec: query('system.health', {
      title: 'State of the hub',
      description:
        'The processes of the hub and their state, PostgreSQL and Redis as they answer now, what must not be there with how often it is, and what is wrong with its fix.',
      input: SystemHealthInput,
      output: SystemHealth,
      scopes: [SCOPES.SYSTEM_READ],
    }),
  },
]
