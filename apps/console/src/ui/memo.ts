import { Component, createElement } from 'preact'
import type { ComponentType } from 'preact'

/** A component that is drawn again only when one of its properties is another value. */
export function memo<P extends object>(view: ComponentType<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const now = this.props as Readonly<Record<string, unknown>>
      return Object.entries(next).some(([name, value]) => now[name] !== value)
    }

    override render() {
      return createElement(view, this.props as P)
    }
  }
}
