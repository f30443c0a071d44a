import { describeSchema, describeShapes, pointer } from './mismatch.ts'
import { mapOf, namesOf, schemaOf, undeclaredOf } from './keywords.ts'
import { matches } from './portable-checks.ts'
import { isDeclared, propertyOf } from './shape.ts'
import { isRecord, looseNode } from './schema-node.ts'
import type { Comparison } from './comparison.ts'
import type { Constraint, SchemaNode, SchemaRecord } from './schema-node.ts'
import type { ObjectShape } from './shape.ts'

/** Whether every object of the shape satisfies each keyword about objects. */
export function isObjectCompatible(
  to: Comparison,
  shape: ObjectShape,
  target: SchemaNode,
  path: string,
): boolean {
  const checks = [
    fitsRequired,
    fitsProperties,
    fitsPatterns,
    fitsUndeclared,
    fitsNames,
    fitsCount,
    fitsDependent,
  ]
  if (!to.reporting) return checks.every((check) => check(to, shape, target, path))
  return checks.map((check) => check(to, shape, target, path)).every(Boolean)
}

/** True when no object of the shape can have a property that is not declared. */
function isClosed(to: Comparison, shape: ObjectShape): boolean {
  if (shape.open && to.undeclared === 'absent') {
    return shape.properties.size > 0 || shape.patterns.length > 0
  }
  return to.expander.isEmpty(shape.rest)
}

/** True when no object of the shape can have this property. */
function isAbsent(to: Comparison, shape: ObjectShape, name: string): boolean {
  if (shape.required.has(name)) return false
  if (!isDeclared(shape, name)) return isClosed(to, shape)
  return to.expander.isEmpty(propertyOf(shape, name))
}

function actualOf(to: Comparison, constraint: Constraint): string {
  const [only] = constraint
  if (constraint.length === 1 && only !== undefined) return describeSchema(only)
  return constraint.length === 0 ? 'anything' : describeShapes(to.expander.expand(constraint))
}

function fitsRequired(
  to: Comparison,
  shape: ObjectShape,
  target: SchemaNode,
  path: string,
): boolean {
  let fits = true
  const wanted = new Map(to.reporting ? mapOf(target, 'properties') : [])
  for (const name of namesOf(target.schema as SchemaRecord, 'required')) {
    if (shape.required.has(name)) continue
    if (!to.reporting) return false
    const type = wanted.get(name)
    const expected = `required ${type === undefined ? 'property' : describeSchema(type)}`
    fits =
      isAbsent(to, shape, name) || !isDeclared(shape, name)
        ? to.report('missing', pointer(path, name), expected, 'not in the output')
        : to.report(
            'optional',
            pointer(path, name),
            expected,
            `optional ${actualOf(to, propertyOf(shape, name))}`,
          )
  }
  return fits
}

function fitsProperties(
  to: Comparison,
  shape: ObjectShape,
  target: SchemaNode,
  path: string,
): boolean {
  let fits = true
  const required = new Set(namesOf(target.schema as SchemaRecord, 'required'))
  for (const [name, wanted] of mapOf(target, 'properties')) {
    if (!fits && !to.reporting) return false
    if (isAbsent(to, shape, name)) continue
    // `fitsRequired` has reported that it is missing.
    if (required.has(name) && !shape.required.has(name) && !isDeclared(shape, name)) {
      fits = false
      continue
    }
    const given = propertyOf(shape, name)
    const at = pointer(path, name)
    if (given.length > 0 || isDeclared(shape, name)) {
      fits = to.fitsInside(given, wanted, at) && fits
    } else if (!to.quietly(() => to.fitsInside(given, wanted, at))) {
      fits = to.report('undeclared', at, describeSchema(wanted), 'anything (not declared)')
    }
  }
  return fits
}

function fitsPatterns(
  to: Comparison,
  shape: ObjectShape,
  target: SchemaNode,
  path: string,
): boolean {
  let fits = true
  for (const [source, wanted] of mapOf(target, 'patternProperties')) {
    for (const [name, given] of shape.properties) {
      if (matches(source, name) === false || isAbsent(to, shape, name)) continue
      fits = to.fitsInside(given, wanted, pointer(path, name)) && fits
    }
    for (const [, given] of shape.patterns) fits = to.fitsInside(given, wanted, `${path}/*`) && fits
    const covered = shape.patterns.some(([known]) => known === source)
    if (!covered && !isClosed(to, shape))
      fits = to.fitsInside(shape.rest, wanted, `${path}/*`) && fits
  }
  return fits
}

function fitsUndeclared(
  to: Comparison,
  shape: ObjectShape,
  target: SchemaNode,
  path: string,
): boolean {
  const schema = target.schema as SchemaRecord
  const wanted = undeclaredOf(target, true)
  if (wanted === undefined) {
    const unclear = schema['unevaluatedProperties']
    if (unclear === undefined || unclear === true) return true
    return to.report('unproven', path, 'what unevaluatedProperties says', 'object')
  }
  if (wanted.schema === true) return true
  const declared = new Set(mapOf(target, 'properties').map(([name]) => name))
  const sources = mapOf(target, 'patternProperties').map(([source]) => source)
  const isKnown = (name: string): boolean =>
    declared.has(name) || sources.some((source) => matches(source, name) === true)
  let fits = true
  for (const [name, given] of shape.properties) {
    if (isKnown(name) || isAbsent(to, shape, name)) continue
    fits = fitsExtra(to, given, wanted, pointer(path, name)) && fits
  }
  for (const name of shape.required) {
    if (isKnown(name) || shape.properties.has(name)) continue
    fits = fitsExtra(to, propertyOf(shape, name), wanted, pointer(path, name)) && fits
  }
  for (const [source, given] of shape.patterns) {
    if (!sources.includes(source)) fits = fitsExtra(to, given, wanted, `${path}/*`) && fits
  }
  if (!isClosed(to, shape)) fits = fitsExtra(to, shape.rest, wanted, `${path}/*`) && fits
  return fits
}

function fitsExtra(to: Comparison, given: Constraint, wanted: SchemaNode, path: string): boolean {
  if (wanted.schema !== false) return to.fitsInside(given, wanted, path)
  if (to.expander.isEmpty(given)) return true
  return to.report('extra', path, 'no such property', actualOf(to, given))
}

function fitsNames(to: Comparison, shape: ObjectShape, target: SchemaNode, path: string): boolean {
  const wanted = schemaOf(target, 'propertyNames')
  if (wanted === undefined || wanted.schema === true) return true
  if (shape.names.length > 0 && to.quietly(() => to.fitsInside(shape.names, wanted, path)))
    return true
  const names = [...shape.properties.keys(), ...shape.required]
  const fits = names.every(
    (name) =>
      isAbsent(to, shape, name) ||
      to.quietly(() => to.fitsInside([looseNode({ const: name })], wanted, path)),
  )
  const open = !isClosed(to, shape) || shape.patterns.length > 0
  if (fits && !open) return true
  return to.report(
    'value',
    path,
    `property names: ${describeSchema(wanted)}`,
    'other property names',
  )
}

function fitsCount(to: Comparison, shape: ObjectShape, target: SchemaNode, path: string): boolean {
  const { minProperties = 0, maxProperties = Infinity } = target.schema as SchemaRecord
  const least = Math.max(shape.minProperties, shape.required.size)
  const finite = isClosed(to, shape) && shape.patterns.length === 0
  const most = Math.min(shape.maxProperties, finite ? shape.properties.size : Infinity)
  let fits = true
  if (typeof minProperties !== 'number' || least < minProperties) {
    fits = to.report('value', path, `minProperties ${String(minProperties)}`, `at least ${least}`)
  }
  if (typeof maxProperties !== 'number' || most > maxProperties) {
    fits = to.report('value', path, `maxProperties ${String(maxProperties)}`, `up to ${most}`)
  }
  return fits
}

/** `dependentRequired`, `dependentSchemas` and draft-07's `dependencies`. */
function fitsDependent(
  to: Comparison,
  shape: ObjectShape,
  target: SchemaNode,
  path: string,
): boolean {
  let fits = true
  for (const keyword of ['dependentRequired', 'dependentSchemas', 'dependencies']) {
    const map = (target.schema as SchemaRecord)[keyword]
    if (map === undefined) continue
    if (!isRecord(map)) return to.report('unproven', path, `what ${keyword} says`, 'object')
    for (const [name, rule] of Object.entries(map)) {
      if (isAbsent(to, shape, name)) continue
      const given: ObjectShape = { ...shape, required: new Set([...shape.required, name]) }
      const wanted = Array.isArray(rule)
        ? looseNode({ required: rule })
        : target.document.node(rule)
      fits = to.fitsShape(given, wanted, path) && fits
    }
  }
  return fits
}
