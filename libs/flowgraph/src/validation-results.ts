import type { TypeMismatch } from '@alkdev/operations/schema-compatibility'

/** Attributes of a node or edge that do not have the shape they must have. */
export interface ValidationError {
  readonly type: 'schema'
  readonly nodeKey: string
  /** JSON Pointer into the attributes; empty for the whole. */
  readonly field: string
  readonly message: string
  readonly value?: unknown
}

export type GraphProblem = 'cycle' | 'dangling-reference' | 'orphan-node' | 'status-inconsistency'

/** Something wrong with how nodes hang together. */
export interface GraphValidationError {
  readonly type: 'graph'
  readonly category: GraphProblem
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

/** An output that does not fit the input it goes to. */
export interface TypeIncompatError {
  readonly type: 'type-compat'
  readonly sourceKey: string
  readonly targetKey: string
  readonly compatible: false
  readonly mismatches: readonly TypeMismatch[]
}

export type AnyValidationError = ValidationError | GraphValidationError | TypeIncompatError
