import { canonicalJson, compact } from '@alkdev/std'
import { failureOf, isoOf, timeOf } from '../schema/call-event.ts'
import type { CallNodeAttrs } from '../schema/attributes.ts'
import type {
  CallAborted,
  CallCompleted,
  CallErrored,
  CallEventMapValue,
  CallRequested,
  CallResponded,
} from '../schema/call-event.ts'

/**
 * What is known of one call: of each kind of event the one that counts. Which one counts depends on the events alone and
 * not on the order in which they came: the earliest, and of equal times the smallest text.
 */
export interface CallFacts {
  requested?: CallRequested
  responded?: CallResponded
  /** The last item of a stream. */
  item?: CallResponded
  completed?: CallCompleted
  failed?: CallErrored
  aborted?: CallAborted
}

function textOf(event: object): string {
  try {
    return canonicalJson(event)
  } catch {
    return ''
  }
}

function isEarlier(a: CallEventMapValue, b: CallEventMapValue): boolean {
  const [one, other] = [timeOf(a), timeOf(b)]
  return one === other ? textOf(a) < textOf(b) : one < other
}

function earlier<T extends CallEventMapValue>(known: T | undefined, event: T): T {
  return known === undefined || isEarlier(event, known) ? event : known
}

function laterItem(known: CallResponded | undefined, event: CallResponded): CallResponded {
  if (known === undefined) return event
  const [one, other] = [event.seq ?? 0, known.seq ?? 0]
  if (one !== other) return one > other ? event : known
  return earlier(known, event)
}

/** The facts with one event more; the same object when it says nothing new. */
export function addFact(facts: CallFacts, event: CallEventMapValue): CallFacts {
  const next = withEvent(facts, event)
  const keys = Object.keys(next) as (keyof CallFacts)[]
  return keys.every((key) => next[key] === facts[key]) ? facts : next
}

function withEvent(facts: CallFacts, event: CallEventMapValue): CallFacts {
  switch (event.type) {
    case 'call.requested':
      return { ...facts, requested: earlier(facts.requested, event) }
    case 'call.responded':
      return event.seq === undefined
        ? { ...facts, responded: earlier(facts.responded, event) }
        : { ...facts, item: laterItem(facts.item, event) }
    case 'call.completed':
      return { ...facts, completed: earlier(facts.completed, event) }
    case 'call.error':
      return { ...facts, failed: earlier(facts.failed, event) }
    case 'call.aborted':
      return { ...facts, aborted: earlier(facts.aborted, event) }
    default:
      return event satisfies never
  }
}

/** How the call ended, by what happened first; of equal times success counts before failure before abort. */
export function endOf(facts: CallFacts): 'completed' | 'failed' | 'aborted' | undefined {
  const success = [facts.responded, facts.completed].filter((event) => event !== undefined)
  const ends = [
    ...success.map((event) => ({ status: 'completed' as const, at: timeOf(event) })),
    ...(facts.failed === undefined
      ? []
      : [{ status: 'failed' as const, at: timeOf(facts.failed) }]),
    ...(facts.aborted === undefined
      ? []
      : [{ status: 'aborted' as const, at: timeOf(facts.aborted) }]),
  ]
  let first = ends[0]
  for (const end of ends) if (first === undefined || end.at < first.at) first = end
  return first?.status
}

export function outputOf(facts: CallFacts): unknown {
  return facts.responded === undefined
    ? (facts.completed?.output ?? facts.item?.output)
    : facts.responded.output
}

/** The members that events after the request decide. */
export function progressOf(facts: CallFacts): Partial<CallNodeAttrs> {
  const status = endOf(facts)
  switch (status) {
    case undefined:
      return facts.item === undefined ? {} : { status: 'running', output: facts.item.output }
    case 'completed': {
      const [a, b] = [facts.responded, facts.completed]
      const end = a !== undefined && (b === undefined || timeOf(a) <= timeOf(b)) ? a : b
      return withTime({ status, output: outputOf(facts) }, end)
    }
    case 'failed':
      return withTime(
        { status, ...(facts.failed && { error: failureOf(facts.failed) }) },
        facts.failed,
      )
    case 'aborted':
      return withTime({ status }, facts.aborted)
    default:
      return status satisfies never
  }
}

function withTime(
  attrs: Partial<CallNodeAttrs>,
  end: CallEventMapValue | undefined,
): Partial<CallNodeAttrs> {
  const completedAt = end === undefined ? undefined : isoOf(end)
  return completedAt === undefined ? attrs : { ...attrs, completedAt }
}

/** The node of a call of which the request is known. */
export function attributesOf(requested: CallRequested, facts: CallFacts): CallNodeAttrs {
  const { requestId, operationId, input, parentRequestId, identity } = requested
  const startedAt = isoOf(requested)
  return {
    requestId,
    operationId,
    status: 'pending',
    input,
    ...compact({ parentRequestId, identity, startedAt }),
    ...progressOf(facts),
  }
}
