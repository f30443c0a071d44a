import { unlessAborted } from '@alkdev/std'
import type { Broadcast } from '../broadcast.ts'
import type { Collected } from '../call.ts'
import { fromFrameError, providerLost } from '../call-errors.ts'
import type { KeptFrame } from '../wire/frames.ts'

/** How long the other instances have to reply. */
const REPLY_MS = 1000
/** How long the instance that runs the call waits for its end before it replies. */
const WAIT_MS = 10_000
/** Queries before instances that do not reply are taken for frozen. */
const MAX_UNANSWERED = 3

/** The end of a call, from the instance that keeps it; waits while it runs. Undefined when none has it. */
export async function collectCall(
  broadcast: Broadcast,
  callId: string,
  signal?: AbortSignal,
): Promise<Collected | undefined> {
  let waitMs = 0
  for (let unanswered = 0; ;) {
    signal?.throwIfAborted()
    const query = { kind: 'collect', callId, waitMs } as const
    let found: KeptFrame | undefined
    let isRunning = false
    const asked = broadcast.ask(query, waitMs + REPLY_MS, ({ running, kept }) => {
      isRunning ||= running === true
      // One attempt was lost, and the next one ended.
      if (found === undefined || found.type === 'lost') found = kept ?? found
      return found !== undefined && found.type !== 'lost'
    })
    // oxlint-disable-next-line no-await-in-loop -- one query after the other
    const isComplete = await (signal === undefined ? asked : unlessAborted(asked, signal))
    if (isRunning && !isEnd(found)) waitMs = WAIT_MS
    else if (found !== undefined) return collected(found, callId)
    else if (isComplete || ++unanswered >= MAX_UNANSWERED) return undefined
  }
}

function isEnd(found: KeptFrame | undefined): boolean {
  return found !== undefined && found.type !== 'lost'
}

function collected(frame: KeptFrame, callId: string): Collected {
  switch (frame.type) {
    case 'respond': {
      const { output } = frame
      return { kind: 'answer', envelope: { ...output, meta: { ...output.meta, callId } } }
    }
    case 'error':
      return { kind: 'error', error: fromFrameError(frame.error) }
    default:
      return { kind: 'error', error: providerLost(frame.reason) }
  }
}
