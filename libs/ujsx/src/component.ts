import type { UChild, UniversalProps } from './schema.ts'

/** Props as a component gets them. */
export type PropsWithChildren<TProps = UniversalProps> = Omit<TProps, 'children'> & {
  readonly children?: UChild
}

/** A function from props to a node. Components are called when the element is made, unless they are `deferred`. */
export interface Component<TProps = never> {
  (props: PropsWithChildren<TProps>): UChild
  readonly displayName?: string
  /** Called when rendered, and again whenever a signal that it read changes. */
  readonly deferred?: boolean
}

/** A component with a name for messages. `fn` must be pure: it is called when the element is made. */
export function createComponent<TProps>(
  name: string,
  fn: (props: PropsWithChildren<TProps>) => UChild,
): Component<TProps> {
  return Object.assign((props: PropsWithChildren<TProps>) => fn(props), { displayName: name })
}

/**
 * A component that a host calls: it is called again when a signal that it read changes, and only what then differs is
 * updated in the host.
 */
export function reactiveComponent<TProps>(
  name: string,
  fn: (props: PropsWithChildren<TProps>) => UChild,
): Component<TProps> {
  const component = (props: PropsWithChildren<TProps>): UChild => fn(props)
  return Object.assign(component, { displayName: name, deferred: true })
}
