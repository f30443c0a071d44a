/** A recorder that writes nothing: the other side of a bench of what recording costs. */
export const NO_RECORDER = {
  record: () => Promise.resolve(),
  flush: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  held: 0,
  counters: { written: 0, payloadsDropped: 0, rowsDropped: 0, failedBatches: 0 },
}
