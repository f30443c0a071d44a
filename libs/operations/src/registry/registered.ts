import type { AccessRule } from '../access/access-rule.ts'
import type { AnyHandler } from './handlers.ts'
import type { OperationSpec } from './types.ts'
import type { Validator } from '../schema/validator.ts'

/** An operation in the registry, with everything that its execution needs. */
export interface Registered {
  readonly id: string
  readonly spec: OperationSpec
  readonly input: Validator
  readonly output: Validator
  readonly access: AccessRule
  /** A subscription. */
  readonly streams: boolean
  handler: AnyHandler | undefined
}
