import { looseNode } from './schema-node.ts'
import { propertyOf } from './shape.ts'
import type { Expander } from './expand.ts'
import type { SchemaNode } from './schema-node.ts'
import type { ObjectShape, Shape } from './shape.ts'

const MAX_PARTS = 16
/** Properties tried as the tag. */
const MAX_TAGS = 8

/**
 * Ways to cut a shape into parts that together are the whole: a boolean into its values, an object by the values or types
 * of a required property (the tag of a tagged union). Needed where no single branch of a union takes the whole.
 */
export function splitShape(shape: Shape, expander: Expander): readonly (readonly Shape[])[] {
  if (shape.kind === 'boolean' && shape.value === undefined) {
    return [
      [
        { kind: 'boolean', value: true },
        { kind: 'boolean', value: false },
      ],
    ]
  }
  if (shape.kind !== 'object' || shape.value !== undefined) return []
  const splits: (readonly Shape[])[] = []
  for (const name of shape.required) {
    const parts = splitBy(shape, name, expander)
    if (parts !== undefined) splits.push(parts)
    if (splits.length === MAX_TAGS) break
  }
  return splits
}

function splitBy(
  shape: ObjectShape,
  name: string,
  expander: Expander,
): readonly Shape[] | undefined {
  const constraint = propertyOf(shape, name)
  if (constraint.length === 0) return undefined
  const tags = new Map<string, SchemaNode>()
  for (const each of expander.expand(constraint)) {
    for (const [text, node] of tagsOf(each)) tags.set(text, node)
    if (tags.size > MAX_PARTS) return undefined
  }
  if (tags.size < 2) return undefined
  return [...tags.values()].map((tag) => ({
    ...shape,
    properties: new Map([...shape.properties, [name, [...constraint, tag]]]),
  }))
}

function tagsOf(shape: Shape): readonly (readonly [string, SchemaNode])[] {
  if (shape.kind === 'boolean' && shape.value === undefined) {
    return [true, false].map((value) => [String(value), looseNode({ const: value })] as const)
  }
  const value = 'value' in shape ? shape.value : undefined
  if (value !== undefined) return [[`=${JSON.stringify(value)}`, looseNode({ const: value })]]
  const type = shape.kind === 'other' ? shape.name : shape.kind
  return [[type, looseNode({ type })]]
}
