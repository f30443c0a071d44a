import { Component, createElement } from 'preact'
import type { ComponentType } from 'preact'

/** A component that is drawn again only when one of its properties is another value. */
export function memo<P extends object>(view: ComponentType<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const now = this.props as Readonly<Record<string, unknown>>
      const other = next as Readonly<Record<string, unknown>>
      // It is asked for each row of a long table.
      for (const name of Object.keys(other)) if (now[name] !== other[name]) return true
      return false
    }

    override render() {
      return createElement(view, this.props as P)
    }
  }
}
