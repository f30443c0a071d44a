import { Type } from '@alkdev/typebox'
import type { Component } from './component.ts'
import type { Signal } from './signals.ts'

const module = Type.Module({
  UPrimitive: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
  UElement: Type.Object({
    type: Type.String(),
    props: Type.Record(Type.String(), Type.Unknown()),
    children: Type.Array(Type.Ref('UNode')),
    key: Type.Optional(Type.String()),
  }),
  URoot: Type.Object({
    type: Type.Literal('root'),
    name: Type.String(),
    children: Type.Array(Type.Ref('UNode')),
  }),
  UNode: Type.Union([Type.Ref('UPrimitive'), Type.Ref('UElement'), Type.Ref('URoot')]),
})

/** What becomes text. `null` and booleans become nothing. */
export const UPrimitive = module.Import('UPrimitive')
export type UPrimitive = string | number | boolean | null

/** Anything a host understands; signals are followed (see `HostConfig.signals`). */
export const PropValue = Type.Unknown()
export type PropValue = unknown

export const UniversalProps = Type.Record(Type.String(), PropValue)
export type UniversalProps = Readonly<Record<string, PropValue>>

/**
 * An element. The schema describes the part that can be stored as JSON; in memory `type` may also be a component that is
 * called when it is rendered, and a child may be a signal.
 */
export const UElement = module.Import('UElement')
export interface UElement<TType extends string = string, TProps = UniversalProps> {
  readonly type: TType | Component
  readonly props: TProps
  readonly children: readonly UNode[]
  /** Tells siblings apart when the tree is rendered again. */
  readonly key?: string
}

/** A named tree. */
export const URoot = module.Import('URoot')
export interface URoot {
  readonly type: 'root'
  readonly name: string
  readonly children: readonly UNode[]
}

export const UNode = module.Import('UNode')
export type UNode = UPrimitive | UElement | URoot | Signal<unknown>

/** What may stand where children are expected: nodes, nothing, or lists of both at any depth. */
export type UChild = UNode | undefined | bigint | readonly UChild[]

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

export function isUElement(value: unknown): value is UElement {
  return (
    isObject(value) &&
    (typeof value['type'] === 'string' || typeof value['type'] === 'function') &&
    isObject(value['props']) &&
    Array.isArray(value['children'])
  )
}

export function isURoot(value: unknown): value is URoot {
  return (
    isObject(value) &&
    value['type'] === 'root' &&
    typeof value['name'] === 'string' &&
    Array.isArray(value['children']) &&
    value['props'] === undefined
  )
}

export function isUPrimitive(value: unknown): value is UPrimitive {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
