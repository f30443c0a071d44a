/** A package of the workspace that is packed for use outside of it. */
export interface Library {
  /** Folder below `libs/`; also the name of the tarball. */
  readonly room: string
  /** Bundles the packages of npm that it needs, too, so that it has no dependencies and installs without a registry. */
  readonly selfContained?: boolean
  /** Sources that run as worker threads, relative to `src`; each becomes a file beside the entries. */
  readonly workers?: readonly string[]
  /** The oldest Node that it and its dependencies run with; 20 when absent. */
  readonly oldestNode?: string
  /** Browsers get the entry `./browser` when they import the package by its name. */
  readonly hasBrowserMain?: boolean
}

/** Every library that can be packed, in the order of the listing. */
export const LIBRARIES: readonly Library[] = [
  { room: 'spoke', selfContained: true, workers: ['thread/socket-worker.ts'] },
  { room: 'client', selfContained: true, hasBrowserMain: true },
  // undici 8 requires it, and older versions of undici end the process at some compressed answers (nodejs/undici#5360).
  { room: 'operations', oldestNode: '22.19' },
  { room: 'pubsub' },
  { room: 'taskgraph' },
  { room: 'flowgraph' },
  { room: 'ujsx' },
  { room: 'keypal' },
]
