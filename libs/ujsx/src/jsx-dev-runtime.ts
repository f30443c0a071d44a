import { jsx } from './jsx-runtime.ts'
import type { Component } from './component.ts'
import type { ElementProps } from './element.ts'
import type { UElement, UniversalProps } from './schema.ts'

export { Fragment } from './jsx-runtime.ts'
export type { JSX } from './jsx-types.ts'

/** `jsx` as compilers call it in development; the place in the source is not used. */
export function jsxDEV(
  type: string | Component,
  props: UniversalProps & ElementProps,
  key?: string | number,
): UElement {
  return jsx(type, props, key)
}
