import type { LoggedCall, Noticed, Rule, SessionLog } from '../session-log.ts'

/** The same call with the same result so often is a loop; a call that polls may come more often. */
const SAME_RESULT = 4
const SAME_POLL = 20
/** The same call with the same error. */
const SAME_ERROR = 3

/** A call is made again and again, and gives the same each time, with nothing changed in between. */
export const repeatedAction: Rule = (log) =>
  findRun(
    log,
    ({ failed }) => !failed,
    ({ poll }) => (poll === true ? SAME_POLL : SAME_RESULT),
    (run) => `${run.operation} was called ${run.ids.length} times with the same result.`,
  )

/** A call is made again and again, and fails in the same way each time, with nothing changed in between. */
export const repeatedError: Rule = (log) =>
  findRun(
    log,
    ({ failed }) => failed,
    () => SAME_ERROR,
    (run) => `${run.operation} failed ${run.ids.length} times in the same way.`,
  )

interface Run {
  readonly operation: string
  readonly result: string | undefined
  readonly ids: string[]
}

function findRun(
  { calls, personAt }: SessionLog,
  counts: (call: LoggedCall) => boolean,
  limit: (call: LoggedCall) => number,
  say: (run: Run) => string,
): Noticed | undefined {
  const runs = new Map<string, Run>()
  for (const call of calls) {
    if (call.at < personAt || call.endedAt === undefined) continue
    const key = `${call.operation} ${call.input}`
    // What another call has changed may be what this one looks at.
    if (call.changes && !call.failed)
      for (const other of runs.keys()) if (other !== key) runs.delete(other)
    const known = runs.get(key)
    if (known === undefined || !counts(call) || known.result !== call.result) {
      runs.delete(key)
      if (counts(call))
        runs.set(key, { operation: call.operation, result: call.result, ids: [call.id] })
      continue
    }
    known.ids.push(call.id)
    if (known.ids.length >= limit(call))
      return { summary: say(known), evidence: { toolCallIds: known.ids.slice(-SAME_POLL) } }
  }
  return undefined
}
