import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf } from '../schemas.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { ORG_NOT_FOUND, whose, WHOSE } from './call-history.ts'
import { query } from './define.ts'

export const CallsGraphInput = Type.Object(
  {
    ...whose,
    hours: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 744,
        description: 'Calls that were dispatched in the last hours; default 24.',
      }),
    ),
    fits: Type.Optional(
      Type.Boolean({
        description:
          'Also compare the schemas of the operations that the caller may use. Default true.',
      }),
    ),
    namespace: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'Only operations of this namespace.',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 200, description: 'Operations; default 60.' }),
    ),
  },
  closed,
)
export type CallsGraphInput = Static<typeof CallsGraphInput>

export const CallsGraphEdge = Type.Object({
  from: Type.String(),
  to: Type.String(),
  kind: oneOf(['calls', 'next', 'fits']),
  count: Type.Optional(Type.Integer({ minimum: 1, description: 'Absent for `fits`.' })),
})
export type CallsGraphEdge = Static<typeof CallsGraphEdge>

export const CallsGraphOutput = Type.Object({
  operations: Type.Array(
    Type.Object({
      operationId: Type.String(),
      count: Type.Integer({ minimum: 0, description: 'Calls of the window.' }),
    }),
    { description: 'Those that were called most first.' },
  ),
  edges: Type.Array(CallsGraphEdge, {
    description:
      '`calls`: a call of `from` made calls of `to`. `next`: calls made `to` as the next call after `from`. `fits`: every output of `from` is a valid input of `to`, by their schemas. At most 1,000.',
  }),
  complete: Type.Boolean({
    description: 'False when there are more operations, edges or calls than were read.',
  }),
})
export type CallsGraphOutput = Static<typeof CallsGraphOutput>

export const callGraphOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: query('calls.graph', {
      title: 'The graph of the operations',
      description: `Which operations were called by which and after which, in the newest 20,000 calls of the window, and which output fits which input. ${WHOSE}`,
      input: CallsGraphInput,
      output: CallsGraphOutput,
      errors: ORG_NOT_FOUND,
    }),
  },
]
