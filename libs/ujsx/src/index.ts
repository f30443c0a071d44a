export { createComponent, reactiveComponent } from './component.ts'
export type { Component, PropsWithChildren } from './component.ts'
export { createRoot, Fragment, h, normalizeChildren, reactiveElement } from './element.ts'
export type { ElementProps } from './element.ts'
export { DuplicateKeyError, UjsxError } from './errors.ts'
export { createPubSubEmitter, proxyEventEmitter } from './events.ts'
export type {
  EventEmitterLike,
  EventEnvelope,
  PubSubLike,
  UjsxEvent,
  UjsxEventMap,
} from './events.ts'
export type { HostConfig } from './host-config.ts'
export { createHostRoot } from './host-root.ts'
export type { HostRoot } from './host-root.ts'
export { jsx, jsxs } from './jsx-runtime.ts'
export { jsxDEV } from './jsx-dev-runtime.ts'
export type { JSX } from './jsx-types.ts'
export { selectNode, setNode } from './pointers.ts'
export { ReactiveRoot } from './reactive-root.ts'
export { Context, Density, Direction, RenderContext } from './render-context.ts'
export {
  isUElement,
  isUPrimitive,
  isURoot,
  PropValue,
  UElement,
  UniversalProps,
  UNode,
  UPrimitive,
  URoot,
} from './schema.ts'
export type { UChild } from './schema.ts'
export { batch, computed, effect, isSignal, Signal, signal, untracked } from './signals.ts'
export type { ReadonlySignal } from './signals.ts'
export { renderText, TextHostConfig, textOf } from './text-host.ts'
export type { TextContext, TextInstance, TextTag } from './text-host.ts'
export { TransformRegistry } from './transforms.ts'
export type { Transform } from './transforms.ts'
