/** A Web Worker, a MessagePort, or the global scope inside a worker. */
export interface WebMessagePort {
  postMessage(value: unknown): void
  // oxlint-disable-next-line typescript/no-explicit-any -- each port has event classes of its own
  addEventListener(type: string, listener: (event: any) => void): void
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  removeEventListener(type: string, listener: (event: any) => void): void
  /** Of a MessagePort. */
  start?(): void
}

/** A Worker, a MessagePort or the parentPort of node:worker_threads. */
export interface NodeMessagePort {
  postMessage(value: unknown): void
  // oxlint-disable-next-line typescript/no-explicit-any -- listeners of different events take different arguments
  on(event: string, listener: (...args: any[]) => void): unknown
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  off(event: string, listener: (...args: any[]) => void): unknown
}

export type WorkerPort = WebMessagePort | NodeMessagePort

export interface PortHandlers {
  onMessage(value: unknown): void
  onMessageError(cause: unknown): void
  onError(cause: unknown): void
  /** Only Node tells. */
  onExit(): void
}

/** Listens beside whatever listeners the port has; the function returned takes everything back. */
export function listenToPort(port: WorkerPort, handlers: PortHandlers): () => void {
  // Ports of Node have both interfaces; only this one tells of their end.
  if ('on' in port) {
    return subscribe(port.on.bind(port), port.off.bind(port), {
      message: (value: unknown) => handlers.onMessage(value),
      messageerror: (error: unknown) => handlers.onMessageError(error),
      error: (error: unknown) => handlers.onError(error),
      exit: () => handlers.onExit(),
      close: () => handlers.onExit(),
    })
  }
  const detach = subscribe(port.addEventListener.bind(port), port.removeEventListener.bind(port), {
    message: (event: { readonly data: unknown }) => handlers.onMessage(event.data),
    messageerror: (event: unknown) => handlers.onMessageError(event),
    error: (event: unknown) => handlers.onError(event),
    close: () => handlers.onExit(),
  })
  port.start?.()
  return detach
}

// oxlint-disable-next-line typescript/no-explicit-any -- as above
type Listener = (value: any) => void
type Subscribe = (event: string, listener: Listener) => unknown

function subscribe(on: Subscribe, off: Subscribe, listeners: Record<string, Listener>): () => void {
  for (const [event, listener] of Object.entries(listeners)) on(event, listener)
  return () => {
    for (const [event, listener] of Object.entries(listeners)) off(event, listener)
  }
}

interface NodeProcess {
  getBuiltinModule?(id: string): { readonly parentPort?: NodeMessagePort | null } | undefined
}

/** The port to the owner of the worker that this runs in: that of node:worker_threads, or the global scope of a Web Worker. */
export function threadPort(): WorkerPort | undefined {
  const scope = globalThis as {
    readonly process?: NodeProcess
    readonly postMessage?: unknown
    readonly addEventListener?: unknown
    readonly document?: unknown
  }
  const port = scope.process?.getBuiltinModule?.('node:worker_threads')?.parentPort
  if (port) return port
  const isWebWorker =
    typeof scope.postMessage === 'function' &&
    typeof scope.addEventListener === 'function' &&
    // A window has both as well; its postMessage posts to itself.
    scope.document === undefined
  return isWebWorker ? (globalThis as unknown as WebMessagePort) : undefined
}
