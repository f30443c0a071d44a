import { once } from 'node:events'
import type { Writable } from 'node:stream'

export interface LineWriter {
  /** Writes a line, without its end; resolves when the next may come. Nothing is written once the signal is aborted. */
  readonly write: (line: string) => Promise<void>
  /** Aborted by the given signal, and when the stream is closed: its reader is gone. */
  readonly signal: AbortSignal
}

/** Writes lines to a stream. A reader that does not read holds back those that write, so that memory stays bounded. */
export function lineWriter(stream: Writable, stopped: AbortSignal): LineWriter {
  const closed = new AbortController()
  for (const event of ['close', 'error']) stream.once(event, () => closed.abort())
  const signal = AbortSignal.any([stopped, closed.signal])
  let drained: Promise<void> | undefined
  const drain = async (): Promise<void> => {
    await once(stream, 'drain', { signal }).catch(() => undefined)
    drained = undefined
  }
  return {
    signal,
    async write(line) {
      if (signal.aborted) return
      if (!stream.write(`${line}\n`)) drained ??= drain()
      await drained
    },
  }
}
