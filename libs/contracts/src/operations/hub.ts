import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, Cursor, OperationTypeName, pageInput } from '../schemas.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { WireOperationSpec } from '../wire-operation-spec.ts'
import { query } from './define.ts'

/** One operation in a list. */
export const OperationSummary = Type.Object({
  operationId: Type.String(),
  type: OperationTypeName,
  title: Type.Optional(Type.String()),
  description: Type.String(),
  tags: Type.Array(Type.String()),
  hints: Type.Optional(
    Type.Object({
      readOnly: Type.Optional(Type.Boolean()),
      destructive: Type.Optional(Type.Boolean()),
      idempotent: Type.Optional(Type.Boolean()),
      consent: Type.Optional(Type.Boolean()),
    }),
  ),
  departed: Type.Optional(
    Type.Literal(true, {
      description: 'It has no provider now: every spoke that registered it is disconnected.',
    }),
  ),
  unavailable: Type.Optional(
    Type.Literal(true, { description: 'No provider takes calls now; one may reconnect.' }),
  ),
})
export type OperationSummary = Static<typeof OperationSummary>

export const ScoredOperation = Type.Composite([
  OperationSummary,
  Type.Object({ score: Type.Number({ minimum: 0 }) }),
])
export type ScoredOperation = Static<typeof ScoredOperation>

export const OperationProvider = Type.Object({
  spoke: Type.String(),
  status: Type.String(),
  reason: Type.Optional(Type.String()),
})
export type OperationProvider = Static<typeof OperationProvider>

/** An operation with its spec and its current providers. */
export const OperationDescription = Type.Composite([
  WireOperationSpec,
  Type.Object({
    operationId: Type.String(),
    kind: Type.Union([
      Type.Literal('service'),
      Type.Literal('spoke'),
      Type.Literal('pool'),
      Type.Literal('client'),
    ]),
    schemaHash: Type.String({
      description: 'SHA-256 over the canonical JSON of both schemas, in hexadecimal.',
    }),
    providers: Type.Array(OperationProvider),
    providerCount: Type.Integer({ minimum: 0, description: 'Providers that take calls now.' }),
  }),
])
export type OperationDescription = Static<typeof OperationDescription>

export const HubListInput = Type.Object(
  {
    namespace: Type.Optional(Type.String({ maxLength: 256 })),
    type: Type.Optional(OperationTypeName),
    tag: Type.Optional(Type.String({ maxLength: 64 })),
    departed: Type.Optional(
      Type.Boolean({
        description: 'Include operations that have no provider now. Default: false.',
      }),
    ),
    ...pageInput,
  },
  closed,
)
export type HubListInput = Static<typeof HubListInput>
export const HubListOutput = Type.Object({
  items: Type.Array(OperationSummary),
  nextCursor: Type.Optional(Cursor),
})
export type HubListOutput = Static<typeof HubListOutput>

export const HubSearchInput = Type.Object(
  {
    query: Type.String({ minLength: 1, maxLength: 512 }),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 200,
        description: 'Maximum number of results. Default: 10.',
      }),
    ),
  },
  closed,
)
export type HubSearchInput = Static<typeof HubSearchInput>
export const HubSearchOutput = Type.Object({
  items: Type.Array(ScoredOperation),
  advice: Type.Optional(Type.String({ description: 'What to try when nothing was found.' })),
})
export type HubSearchOutput = Static<typeof HubSearchOutput>

export const HubSchemaInput = Type.Object(
  { operationId: Type.String({ minLength: 1, maxLength: 512 }) },
  closed,
)
export type HubSchemaInput = Static<typeof HubSchemaInput>

/** Finding operations; each process answers from the registry that it holds. */
export const hubOperations: readonly ServiceOperation[] = [
  {
    service: 'local',
    spec: query('hub.list', {
      title: 'List operations',
      description: 'The operations that the caller may use, by namespace, type or tag.',
      input: HubListInput,
      output: HubListOutput,
    }),
  },
  {
    service: 'local',
    spec: query('hub.search', {
      title: 'Search operations',
      description: 'The operations that the caller may use and whose words match, best first.',
      input: HubSearchInput,
      output: HubSearchOutput,
    }),
  },
  {
    service: 'local',
    spec: query('hub.schema', {
      title: 'Schema of an operation',
      description:
        'The input and output of an operation, what it requires, and its current providers.',
      input: HubSchemaInput,
      output: OperationDescription,
    }),
  },
]
