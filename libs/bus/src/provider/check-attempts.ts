import type { AttemptId, CheckedFrame, CheckFrame } from '../wire/frames.ts'
import type { AttemptLog, AttemptRecord } from './attempt-log.ts'

export type CheckResult = Pick<CheckedFrame, 'unknown' | 'evicted' | 'streams'>

/**
 * Looks up the attempts that a caller waits for. `answerAgain` is called with those whose answer is still held. An attempt that never arrived is
 * unknown, and is recorded so that it will be refused if it arrives later. Undefined when there is nothing to report.
 */
export function checkAttempts(
  log: AttemptLog,
  { from, waiting }: CheckFrame,
  answerAgain: (record: AttemptRecord) => void,
): CheckResult | undefined {
  const unknown: AttemptId[] = []
  const evicted: AttemptId[] = []
  const streams: (readonly [string, number, number])[] = []
  for (const [callId, attempt, received, upTo] of waiting) {
    const record = log.get(callId, attempt)
    if (record === undefined) {
      // An attempt that can't be recorded as refused is not reported as unknown: the caller asks again.
      if (log.full) continue
      unknown.push([callId, attempt])
      log.addEnded({ callId, attempt, from })
    } else if (!record.ended) {
      const window = record.run?.window
      if (upTo !== undefined) window?.grant(upTo)
      const sent = window?.sent ?? 0
      if (received !== undefined && sent > received) streams.push([callId, attempt, sent])
    } else if (record.answer !== undefined) answerAgain(record)
    else if (record.run === undefined && record.evicted !== true) unknown.push([callId, attempt])
    else evicted.push([callId, attempt])
  }
  if (unknown.length + evicted.length + streams.length === 0) return undefined
  return { unknown, evicted, streams }
}
