import type { Component } from './component.ts'
import type { UChild, UElement } from './schema.ts'

/** What a TypeScript compiler with `"jsxImportSource": "@alkdev/ujsx"` checks JSX against. Hosts decide which tags exist. */
export declare namespace JSX {
  type ElementType = string | Component | ((props: never) => UChild)
  type Element = UElement
  interface ElementChildrenAttribute {
    children: unknown
  }
  interface IntrinsicAttributes {
    key?: string | number | undefined
  }
  interface IntrinsicElements {
    [tag: string]: Record<string, unknown>
  }
}
