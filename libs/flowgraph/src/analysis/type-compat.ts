import { Comparison, Expander, propertyOf, rootNode } from '@alkdev/operations/internal'
import type { SchemaNode } from '@alkdev/operations/internal'
import type { TypeMismatch, Undeclared } from '@alkdev/operations/schema-compatibility'
import type { JsonSchema } from '@alkdev/operations'

/** Does the output of one operation fit the input of another? */
export interface TypeCompatResult {
  readonly compatible: boolean
  readonly detail?: string
  readonly mismatches?: readonly TypeMismatch[]
}

export interface TypeCompatOptions {
  /** See `SchemaFitOptions.undeclared`; `possible` (a proof) by default. */
  readonly undeclared?: Undeclared
}

const MAX_STEPS = 20_000
const MAX_MISMATCHES = 50

export function isUnknown(node: SchemaNode): boolean {
  return node.schema === true || (node.schema !== false && node.text === '{}')
}

/**
 * Does every value of the output schema fit the input schema? `undefined` when one of them is unknown (`{}` or `true`).
 * "Compatible" is a proof; what can't be proven is not compatible, and `mismatches` says where and why.
 */
export function typeCompat(
  outputSchema: JsonSchema,
  inputSchema: JsonSchema,
  options: TypeCompatOptions = {},
): TypeCompatResult | undefined {
  const [output, input] = [rootNode(outputSchema), rootNode(inputSchema)]
  if (isUnknown(output) || isUnknown(input)) return undefined
  return compareNodes(output, input, new Expander(), options.undeclared ?? 'possible')
}

/** `typeCompat` of two nodes, with what `expander` already knows. */
export function compareNodes(
  output: SchemaNode,
  input: SchemaNode,
  expander: Expander,
  undeclared: Undeclared,
): TypeCompatResult {
  const comparison = new Comparison({
    undeclared,
    maxSteps: MAX_STEPS,
    maxMismatches: MAX_MISMATCHES,
    expander,
  })
  if (comparison.fits([output], input, '')) {
    const detail = hasExtraFields(output, input, expander)
    return { compatible: true, ...(detail && { detail: EXTRA_FIELDS }) }
  }
  const { mismatches } = comparison
  const first = mismatches[0]
  const more = mismatches.length > 1 ? ` (and ${mismatches.length - 1} more)` : ''
  const at = first === undefined || first.path === '' ? '' : `${first.path}: `
  const detail =
    first === undefined ? '' : `${at}expected ${first.expected}, got ${first.actual}${more}`
  return { compatible: false, detail, mismatches }
}

/** Only the verdict. */
export function nodesFit(
  output: SchemaNode,
  input: SchemaNode,
  expander: Expander,
  undeclared: Undeclared,
): boolean {
  const comparison = new Comparison({ undeclared, maxSteps: MAX_STEPS, maxMismatches: 0, expander })
  return comparison.quietly(() => comparison.fits([output], input, ''))
}

const EXTRA_FIELDS = 'output has extra fields beyond input requirements'

function hasExtraFields(output: SchemaNode, input: SchemaNode, expander: Expander): boolean {
  const [gives, ...others] = expander.expand([output])
  const takes = expander.expand([input]).filter((shape) => shape.kind === 'object')
  if (gives?.kind !== 'object' || others.length > 0 || takes.length === 0) return false
  return [...gives.properties.keys()].some((name) =>
    takes.every((shape) => !shape.properties.has(name) && propertyOf(shape, name) === shape.rest),
  )
}
