import { Type } from '@alkdev/typebox'
import { CallStatusEnum, EdgeTypeEnum, NodeStatusEnum, OperationTypeEnum } from './enums.ts'
import type { Identity, JsonSchema, OperationSpec as FullSpec } from '@alkdev/operations'
import type { Static } from '@alkdev/typebox'

/** What a graph needs to know of an operation; a full spec of `@alkdev/operations` is one. */
export type OperationSpec = Pick<
  FullSpec,
  'namespace' | 'name' | 'type' | 'inputSchema' | 'outputSchema'
> &
  Partial<Pick<FullSpec, 'version'>>

const schema = Type.Unsafe<JsonSchema>(
  Type.Union([Type.Boolean(), Type.Record(Type.String(), Type.Unknown())]),
)

/** An operation that may be called. */
export const OperationNodeAttrs = Type.Object({
  name: Type.String({ minLength: 1 }),
  namespace: Type.String(),
  type: OperationTypeEnum,
  version: Type.Optional(Type.String()),
  inputSchema: schema,
  outputSchema: schema,
})
export type OperationNodeAttrs = Static<typeof OperationNodeAttrs>

/** Why a call failed. */
export const CallFailure = Type.Object({
  code: Type.String(),
  message: Type.String(),
  details: Type.Optional(Type.Unknown()),
})
export type CallFailure = Static<typeof CallFailure>

const identity = Type.Unsafe<Identity>(
  Type.Object({ id: Type.String(), scopes: Type.Array(Type.String()) }),
)

/** A call that was made. Times are ISO 8601. */
export const CallNodeAttrs = Type.Object({
  requestId: Type.String({ minLength: 1 }),
  operationId: Type.String({ minLength: 1 }),
  status: CallStatusEnum,
  parentRequestId: Type.Optional(Type.String()),
  input: Type.Optional(Type.Unknown()),
  output: Type.Optional(Type.Unknown()),
  error: Type.Optional(CallFailure),
  identity: Type.Optional(identity),
  startedAt: Type.Optional(Type.String()),
  completedAt: Type.Optional(Type.String()),
})
export type CallNodeAttrs = Static<typeof CallNodeAttrs>

/** One place where an output does not fit an input. */
export const TypeMismatchSchema = Type.Object({
  path: Type.String(),
  expected: Type.String(),
  actual: Type.String(),
  reason: Type.Optional(Type.String()),
})

export const TypedEdgeAttrs = Type.Object({
  edgeType: Type.Literal('typed'),
  compatible: Type.Boolean(),
  detail: Type.Optional(Type.String()),
  mismatches: Type.Optional(Type.Array(TypeMismatchSchema)),
})
export type TypedEdgeAttrs = Static<typeof TypedEdgeAttrs>

/** `relations` is there when more than one holds between the two calls: graphs keep one edge per pair. */
export const CallEdgeAttrs = Type.Object({
  edgeType: Type.Union([Type.Literal('triggered'), Type.Literal('depends_on')]),
  relations: Type.Optional(
    Type.Array(Type.Union([Type.Literal('triggered'), Type.Literal('depends_on')])),
  ),
})
export type CallEdgeAttrs = Static<typeof CallEdgeAttrs>

/** `condition` and `negated` belong to branches; `dataFlow`: the target reads a result of the source. */
export const TemplateEdgeAttrs = Type.Object({
  edgeType: Type.Union([Type.Literal('sequential'), Type.Literal('conditional')]),
  condition: Type.Optional(Type.Unknown()),
  negated: Type.Optional(Type.Boolean()),
  dataFlow: Type.Optional(Type.Boolean()),
})
export type TemplateEdgeAttrs = Static<typeof TemplateEdgeAttrs>

/** Every edge says what it is. */
export const EdgeAttrs = Type.Object({ edgeType: EdgeTypeEnum })
export type EdgeAttrs = Static<typeof EdgeAttrs>

/** What became of a step. */
export const CallResultSchema = Type.Object({
  status: NodeStatusEnum,
  output: Type.Unknown(),
  error: Type.Optional(CallFailure),
})
export interface CallResult {
  readonly status: Static<typeof NodeStatusEnum>
  readonly output: unknown
  readonly error?: CallFailure
}
/** `CallResultSchema` under the name of its type. */
export const CallResult = CallResultSchema
