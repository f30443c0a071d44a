import type { SchemaAdapter } from '../schema/schema-adapter.ts'
import type { AnyHandler } from './handlers.ts'
import type { OperationSpec, OperationType } from './types.ts'

export interface RegistryOptions {
  /** Turns schemas of other libraries into JSON Schema. Default: JSON Schema and TypeBox only. */
  readonly schemaAdapter?: SchemaAdapter
  /**
   * The specs are part of this program, and its tests check them: nothing is checked when they are registered, and a schema is compiled when it is first
   * used.
   */
  readonly compileLater?: boolean
}

export interface RegisterOptions {
  /** Replace an operation with the same id. Default: CONFLICT. */
  readonly replace?: boolean
}

export interface ListFilter {
  readonly namespace?: string
  readonly type?: OperationType
  readonly tag?: string
}

/** A spec, and its handler if this process has it. */
export type RegisteredOperation = OperationSpec & { readonly handler?: AnyHandler }

export interface OperationSearchHit {
  readonly operation: RegisteredOperation
  /** Above 0; comparable within one result only. */
  readonly score: number
}
