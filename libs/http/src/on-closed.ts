import type { ServerResponse } from 'node:http'

/**
 * Calls `listener` once, when an answer has ended or its connection is gone. Calls it at once when that was before, for instance because the
 * client left while its key was checked: the event `close` does not come again.
 */
export function onClosed(raw: ServerResponse, listener: () => void): void {
  if (raw.closed) listener()
  else raw.once('close', listener)
}
