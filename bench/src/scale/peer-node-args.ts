/** Memory that a simulated process may use: MiB. The machine has to hold it beside everything else. */
const MAX_HEAP_MIB = 7000

/** A heap of that size, and a garbage collection on demand, so that what is measured is what is held. */
export const PEER_NODE_ARGS: readonly string[] = [
  '--expose-gc',
  `--max-old-space-size=${MAX_HEAP_MIB}`,
]
