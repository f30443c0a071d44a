import type { AttemptId, KeptFrame } from '../wire/frames.ts'
import { writeJson } from '../wire/write-json.ts'
import type { ResponseSink } from './response-sink.ts'

export interface KeptAttempt {
  readonly callId: AttemptId[0]
  readonly attempt: AttemptId[1]
  readonly from: string
}

/** Passes everything on, and gives `keep` the answer as the frame that another instance would get. */
export function keepingSink(
  sink: ResponseSink,
  head: KeptAttempt,
  keep: (frame: KeptFrame, text: string) => void,
): ResponseSink {
  const kept = (frame: KeptFrame): void => {
    const text = writeJson(frame)
    if (text !== undefined) keep(frame, text)
  }
  return {
    respond(output, queueMs, executeMs) {
      sink.respond(output, queueMs, executeMs)
      kept({ ...head, type: 'respond', output, queueMs, executeMs })
    },
    item: (seq, output) => sink.item(seq, output),
    complete: (count) => sink.complete(count),
    fail(error) {
      sink.fail(error)
      kept({ ...head, type: 'error', error })
    },
    refuse: (error) => sink.refuse(error),
    lost: (reason) => sink.lost(reason),
    receipt: (receipt) => sink.receipt(receipt),
  }
}
