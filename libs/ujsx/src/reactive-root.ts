import { createHostRoot } from './host-root.ts'
import { effect, signal, untracked } from './signals.ts'
import type { HostConfig } from './host-config.ts'
import type { HostRoot } from './host-root.ts'
import type { UChild } from './schema.ts'
import type { Signal } from './signals.ts'

/** A tree that changes as a whole: every host that renders it and every subscriber sees each new version. */
export class ReactiveRoot {
  readonly #tree: Signal<UChild>
  readonly #disposers = new Set<() => void>()

  constructor(initial: UChild = null) {
    this.#tree = signal<UChild>(initial)
  }

  get node(): UChild {
    return this.#tree.value
  }

  /** Replaces the tree; a function gets the present one. */
  update(next: UChild | ((present: UChild) => UChild)): void {
    const present = this.#tree.peek()
    this.#tree.value = typeof next === 'function' ? next(present) : next
  }

  /** Calls back now and after each update, until the returned function is called or the root is disposed. */
  subscribe(callback: (node: UChild) => void): () => void {
    const stop = effect(() => {
      const node = this.#tree.value
      untracked(() => callback(node))
    })
    return this.#keep(stop)
  }

  /** Renders into a host and keeps it up to date until the root is disposed. */
  render<TTag extends string, Instance, RootCtx>(
    host: HostConfig<TTag, Instance, RootCtx>,
    container?: unknown,
    options?: unknown,
  ): HostRoot<RootCtx> {
    const root = createHostRoot(host, container, options)
    const stop = this.subscribe((node) => void root.render(node))
    this.#keep(() => {
      stop()
      root.unmount()
    })
    return root
  }

  /** Ends every subscription and unmounts every host. */
  dispose(): void {
    for (const dispose of [...this.#disposers].toReversed()) dispose()
    this.#disposers.clear()
  }

  #keep(dispose: () => void): () => void {
    const once = (): void => {
      if (this.#disposers.delete(once)) dispose()
    }
    this.#disposers.add(once)
    return once
  }
}
