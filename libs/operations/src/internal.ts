// The parts of schema compatibility that flowgraph builds on. Not a public interface: other packages import `./schema-compatibility`.
export { isAnnotation, sameJson } from './schema/compatibility/canonical-schema.ts'
export { Comparison } from './schema/compatibility/comparison.ts'
export { Expander } from './schema/compatibility/expand.ts'
export { describeSchema, pointer } from './schema/compatibility/mismatch.ts'
export { ANY, portableText, rootNode } from './schema/compatibility/schema-node.ts'
export type { Constraint, SchemaNode } from './schema/compatibility/schema-node.ts'
export { propertyOf } from './schema/compatibility/shape.ts'
export type { Kind, ObjectShape, Shape } from './schema/compatibility/shape.ts'
