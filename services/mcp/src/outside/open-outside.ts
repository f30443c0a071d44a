import { CallError } from '@alkdev/operations'
import { TimeoutError, withTimeout } from '@alkdev/std'
import { CONNECT_MS } from './limits.ts'
import { openMcp } from './open-mcp.ts'
import type { OpenOptions } from './open-mcp.ts'
import { openOpenapi } from './open-openapi.ts'
import type { OutsideConnection } from './outside-connection.ts'
import type { OutsideSettings } from './settings.ts'

/**
 * Connects to an outside service and reads what it offers, in twice the time for connecting at most. Rejects with CallError, or with what
 * the guard of outgoing connections refused.
 */
export async function openOutside(
  settings: OutsideSettings,
  options: OpenOptions,
): Promise<OutsideConnection> {
  const opening =
    settings.kind === 'openapi' ? openOpenapi(settings, options) : openMcp(settings, options)
  try {
    return await withTimeout(opening, { ms: CONNECT_MS * 2, what: 'Connecting' })
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error
    // It may still open: then it is closed.
    opening.then((late) => late.close()).catch(() => undefined)
    throw new CallError('TIMEOUT', 'The service did not answer in time.', undefined, {
      cause: error,
    })
  }
}
