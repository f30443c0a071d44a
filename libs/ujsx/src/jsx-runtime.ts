import { Fragment, h } from './element.ts'
import type { Component } from './component.ts'
import type { ElementProps } from './element.ts'
import type { UElement, UniversalProps } from './schema.ts'

export { Fragment }
export type { JSX } from './jsx-types.ts'

/** What the compiler calls for an element: children are in the props, the key is an argument of its own. */
export function jsx(
  type: string | Component,
  props: UniversalProps & ElementProps,
  key?: string | number,
): UElement {
  const given = key === undefined ? props : { ...props, key }
  return typeof type === 'string' ? h(type, given) : h(type as Component<UniversalProps>, given)
}

/** The same, for elements whose children are a list written out in the source. */
export const jsxs: typeof jsx = jsx
