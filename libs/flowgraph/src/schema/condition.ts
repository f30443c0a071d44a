import { Type } from '@alkdev/typebox'
import { NodeStatusEnum } from './enums.ts'
import type { Static } from '@alkdev/typebox'

const status = Type.Union([NodeStatusEnum, Type.Array(NodeStatusEnum)])
const path = Type.Optional(Type.String())

/** A place in what another step gave: `path` is a JSON Pointer into its output. */
export const ResultRef = Type.Object({ $result: Type.String(), path })
export type ResultRef = Static<typeof ResultRef>

/** A place in the item of a `Map`; `$item` is the name that its `as` gave. */
export const ItemRef = Type.Object({ $item: Type.String(), path })
export type ItemRef = Static<typeof ItemRef>

const module = Type.Module({
  Condition: Type.Union([
    Type.String(),
    Type.Boolean(),
    Type.Object({ node: Type.String(), status }, { additionalProperties: false }),
    Type.Object(
      {
        node: Type.String(),
        path,
        equals: Type.Optional(Type.Unknown()),
        in: Type.Optional(Type.Array(Type.Unknown())),
        exists: Type.Optional(Type.Boolean()),
        above: Type.Optional(Type.Number()),
        below: Type.Optional(Type.Number()),
        startsWith: Type.Optional(Type.String()),
      },
      { additionalProperties: false },
    ),
    Type.Object({ all: Type.Array(Type.Ref('Condition')) }, { additionalProperties: false }),
    Type.Object({ any: Type.Array(Type.Ref('Condition')) }, { additionalProperties: false }),
    Type.Object({ not: Type.Ref('Condition') }, { additionalProperties: false }),
  ]),
})

/** A test that can be stored as JSON. */
export const Condition = module.Import('Condition')

/** Of one step's output: everything given has to hold. Without a `path` the whole output is meant. */
export interface OutputCondition {
  readonly node: string
  readonly path?: string
  readonly equals?: unknown
  readonly in?: readonly unknown[]
  /** Is there a value (`null` is one)? */
  readonly exists?: boolean
  /** A number greater than. */
  readonly above?: number
  /** A number less than. */
  readonly below?: number
  /** A text that starts with it. */
  readonly startsWith?: string
}

/**
 * A string: the step of that key (or the only one of that operation) completed. `status`: it ended so. `all`, `any`, `not`
 * combine; a boolean is itself.
 */
export type Condition =
  | string
  | boolean
  | { readonly node: string; readonly status: StatusTest }
  | OutputCondition
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }

export type StatusTest = Static<typeof NodeStatusEnum> | readonly Static<typeof NodeStatusEnum>[]
