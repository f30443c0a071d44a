import { Type } from '@alkdev/typebox'
import { CallEdgeAttrs, CallNodeAttrs, OperationNodeAttrs, TypedEdgeAttrs } from './attributes.ts'
import type { Static, TSchema } from '@alkdev/typebox'

const attributes = Type.Record(Type.String(), Type.Unknown())
const options = Type.Object({
  type: Type.Literal('directed'),
  multi: Type.Literal(false),
  allowSelfLoops: Type.Literal(false),
})

/** The stored form of a graph: graphology's export, without a version (put it into an envelope of your own). */
function serializedGraph<N extends TSchema, E extends TSchema>(node: N, edge: E) {
  return Type.Object({
    attributes: Type.Optional(attributes),
    options: Type.Optional(options),
    nodes: Type.Array(Type.Object({ key: Type.String(), attributes: node })),
    edges: Type.Array(
      Type.Object({
        key: Type.Optional(Type.String()),
        source: Type.String(),
        target: Type.String(),
        attributes: edge,
      }),
    ),
  })
}

export const SerializedGraph = serializedGraph(Type.Optional(attributes), Type.Optional(attributes))
export type SerializedGraph = Static<typeof SerializedGraph>

export const OperationGraphSerialized = serializedGraph(OperationNodeAttrs, TypedEdgeAttrs)
export type OperationGraphSerialized = Static<typeof OperationGraphSerialized>

export const CallGraphSerialized = serializedGraph(CallNodeAttrs, CallEdgeAttrs)
export type CallGraphSerialized = Static<typeof CallGraphSerialized>

/** Any of them. */
export const FlowGraphSerialized = Type.Union([
  OperationGraphSerialized,
  CallGraphSerialized,
  SerializedGraph,
])
export type FlowGraphSerialized = Static<typeof FlowGraphSerialized>
