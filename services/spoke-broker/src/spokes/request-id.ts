/** Identifies one attempt of a call in the hub. */
export interface AttemptId {
  readonly callId: string
  readonly attempt: number
}

/** The id of an attempt at a spoke. The first attempt has the hub's own id of the call, so that both logs can be compared. */
export function requestIdOf({ callId, attempt }: AttemptId): string {
  return attempt === 1 ? callId : `${callId}.${attempt}`
}

const pattern = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.([1-9]\d{0,3}))?$/

/** The attempt that a spoke calls by this id; undefined for an id that this hub never issued. */
export function attemptOf(requestId: string): AttemptId | undefined {
  const [, callId, attempt = '1'] = pattern.exec(requestId) ?? []
  return callId === undefined ? undefined : { callId, attempt: Number(attempt) }
}
