import { numberOf, schemaOf, wantedItemsOf } from './keywords.ts'
import { describeSchema } from './mismatch.ts'
import { elementOf } from './shape.ts'
import { ANY } from './schema-node.ts'
import type { Comparison } from './comparison.ts'
import type { SchemaNode, SchemaRecord } from './schema-node.ts'
import type { ArrayShape } from './shape.ts'

/** Whether every array of the shape satisfies each keyword about arrays. */
export function isArrayCompatible(
  to: Comparison,
  shape: ArrayShape,
  target: SchemaNode,
  path: string,
): boolean {
  return [
    fitsLength(to, shape, target, path),
    fitsElements(to, shape, target, path),
    fitsUnique(to, shape, target, path),
    fitsContains(to, shape, target, path),
  ].every(Boolean)
}

function lengthText(shape: ArrayShape): string {
  const most = shape.maxItems === Infinity ? 'any number of' : `up to ${shape.maxItems}`
  return `${shape.minItems > 0 ? `at least ${shape.minItems}, ` : ''}${most} elements`
}

function fitsLength(to: Comparison, shape: ArrayShape, target: SchemaNode, path: string): boolean {
  const { minItems = 0, maxItems = Infinity } = target.schema as SchemaRecord
  let fits = true
  if (typeof minItems !== 'number' || shape.minItems < minItems) {
    fits = to.report('value', path, `minItems ${String(minItems)}`, lengthText(shape))
  }
  const longest = mostItems(to, shape)
  if (typeof maxItems !== 'number' || longest > maxItems) {
    fits = to.report('value', path, `maxItems ${String(maxItems)}`, lengthText(shape))
  }
  return fits
}

/** No element can stand where nothing is allowed. */
function mostItems(to: Comparison, shape: ArrayShape): number {
  const blocked = shape.prefix.findIndex((each) => to.expander.isEmpty(each))
  if (blocked !== -1) return Math.min(shape.maxItems, blocked)
  return to.expander.isEmpty(shape.rest)
    ? Math.min(shape.maxItems, shape.prefix.length)
    : shape.maxItems
}

function fitsElements(
  to: Comparison,
  shape: ArrayShape,
  target: SchemaNode,
  path: string,
): boolean {
  const schema = target.schema as SchemaRecord
  const unclear = schema['unevaluatedItems']
  if (unclear !== undefined && unclear !== true) {
    return to.report('unproven', path, 'what unevaluatedItems says', 'array')
  }
  const wanted = wantedItemsOf(target)
  if (wanted === undefined) return to.report('unproven', path, 'what prefixItems says', 'array')
  const { prefix, rest } = wanted
  const wantedRest = rest[0] ?? ANY
  const longest = mostItems(to, shape)
  const positions = Math.min(longest, Math.max(prefix.length, shape.prefix.length))
  let fits = true
  for (let at = 0; at < positions; at += 1) {
    fits = to.fitsInside(elementOf(shape, at), prefix[at] ?? wantedRest, `${path}/${at}`) && fits
    if (!fits && !to.reporting) return false
  }
  if (longest > positions) fits = to.fitsInside(shape.rest, wantedRest, `${path}/*`) && fits
  return fits
}

function fitsUnique(to: Comparison, shape: ArrayShape, target: SchemaNode, path: string): boolean {
  const { uniqueItems } = target.schema as SchemaRecord
  if (uniqueItems === undefined || uniqueItems === false) return true
  if (shape.unique || mostItems(to, shape) < 2) return true
  return to.report('value', path, 'no element twice', 'array')
}

/** Proven by enough elements that certainly exist and all fit; `maxContains` by too few elements to exceed it. */
function fitsContains(
  to: Comparison,
  shape: ArrayShape,
  target: SchemaNode,
  path: string,
): boolean {
  const wanted = schemaOf(target, 'contains')
  if (wanted === undefined) return true
  const schema = target.schema as SchemaRecord
  const least = numberOf(schema, 'minContains') ?? 1
  const most =
    schema['maxContains'] === undefined ? Infinity : (numberOf(schema, 'maxContains') ?? 0)
  const certain = Math.min(shape.minItems, MAX_CERTAIN)
  let found = 0
  for (let at = 0; at < certain && found < least; at += 1) {
    const element = elementOf(shape, at)
    if (to.quietly(() => to.fitsInside(element, wanted, path))) found += 1
  }
  if (found >= least && mostItems(to, shape) <= most) return true
  return to.report('value', path, `contains ${describeSchema(wanted)}`, 'array')
}

/** Maximum positions that are searched for elements that `contains` requires. */
const MAX_CERTAIN = 64
