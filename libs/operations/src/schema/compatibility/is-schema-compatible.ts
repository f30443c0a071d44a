import type { JsonSchema } from '../../registry/types.ts'
import { Expander } from './expand.ts'
import { Comparison } from './comparison.ts'
import { rootNode } from './schema-node.ts'
import type { Undeclared } from './comparison.ts'
import type { TypeMismatch } from './mismatch.ts'

export interface SchemaFitOptions {
  /**
   * Whether objects of the output may have properties that its schema does not name. In JSON Schema they may, unless
   * `additionalProperties` says otherwise, so `possible` is the default and makes "compatible" a proof. `absent` takes the
   * schema at face value: the output has only the declared members. Compatible then means: as far as declared.
   */
  readonly undeclared?: Undeclared
  /** Comparisons after which the answer is "not proven" (default 20,000). */
  readonly maxSteps?: number
  /** Mismatches reported at most (default 50). */
  readonly maxMismatches?: number
}

export interface SchemaFit {
  /** Proven: every value of the output schema is a value of the input schema. */
  readonly compatible: boolean
  /** Where and why it is not (or could not be proven); empty when compatible. */
  readonly mismatches: readonly TypeMismatch[]
}

/**
 * Checks whether every value that satisfies `output` satisfies `input`. Both are JSON Schemas (2020-12 or draft-07); `$ref` is followed
 * inside its own document. The answer is yes only when it is proven; what can't be proven (a `not` that can't be decided, a
 * format the output does not declare, a reference that leads outside) is a mismatch. Schemas must not be changed after
 * they were compared: results about an object are cached as long as the object exists.
 */
export function schemaFit(
  output: JsonSchema,
  input: JsonSchema,
  options: SchemaFitOptions = {},
): SchemaFit {
  const comparison = new Comparison({
    undeclared: options.undeclared ?? 'possible',
    maxSteps: options.maxSteps ?? 20_000,
    maxMismatches: options.maxMismatches ?? 50,
    expander: new Expander(),
  })
  const compatible = comparison.fits([rootNode(output)], rootNode(input), '')
  return { compatible, mismatches: compatible ? [] : comparison.mismatches }
}

/** The result of `schemaFit` as a boolean. */
export function isSchemaCompatible(
  output: JsonSchema,
  input: JsonSchema,
  options: SchemaFitOptions = {},
): boolean {
  const comparison = new Comparison({
    undeclared: options.undeclared ?? 'possible',
    maxSteps: options.maxSteps ?? 20_000,
    maxMismatches: 0,
    expander: new Expander(),
  })
  return comparison.quietly(() => comparison.fits([rootNode(output)], rootNode(input), ''))
}
