import { outputFault } from './answer-output.ts'
import type { CallEventType, CallFrame } from './call-events.ts'

/** The fault of a frame. `path` is a JSON Pointer into it. */
export interface FrameFault {
  readonly path: string
  readonly message: string
  /** The request of the frame, if it could be read, so that it can be answered with `call.error`. */
  readonly requestId?: string
  /** The type of the frame, if only the payload of its call is faulty. */
  readonly type?: CallEventType
}

export type FrameCheck =
  | { readonly kind: 'frame'; readonly frame: CallFrame }
  /** A type that is not of the call protocol: to be ignored, or handled by another protocol. */
  | { readonly kind: 'other'; readonly type: string }
  | { readonly kind: 'fault'; readonly fault: FrameFault }

type Fields = Readonly<Record<string, unknown>>
type Check = (payload: Fields) => { path: string; message: string } | undefined

const MAX_ID = 128
const MAX_OPERATION_ID = 256

/**
 * Checks whether a parsed message is a frame of the call protocol, like `CallEventSchema`. Written by hand because every frame of every
 * socket is checked here: it allocates only its result. An empty `id` is allowed (transports that address by topic); otherwise it must be
 * the payload's requestId or, of `call.requested`, an address. Unknown members are kept.
 */
export function checkCallFrame(message: unknown): FrameCheck {
  if (!isFields(message)) return fault('', 'must be an object')
  const { type, id, payload } = message
  if (typeof type !== 'string') return fault('/type', 'must be a string')
  const check = checks.get(type)
  if (check === undefined) return { kind: 'other', type }
  if (typeof id !== 'string') return fault('/id', 'must be a string')
  if (!isFields(payload)) return fault('/payload', 'must be an object')
  const requestId = payload['requestId']
  if (!isText(requestId, MAX_ID))
    return fault('/payload/requestId', `must be a string of 1 to ${MAX_ID} characters`)
  if (id !== '' && id !== requestId && type !== 'call.requested')
    return fault('/id', 'must be the requestId of the payload', requestId)
  const wrong = check(payload)
  if (wrong !== undefined) {
    const path = `/payload${wrong.path}`
    return { kind: 'fault', fault: { ...wrong, path, requestId, type: type as CallEventType } }
  }
  return { kind: 'frame', frame: message as unknown as CallFrame }
}

const optional = (
  payload: Fields,
  name: string,
  type: 'string' | 'number',
): { path: string; message: string } | undefined => {
  const value = payload[name]
  return value === undefined || typeof value === type
    ? undefined
    : { path: `/${name}`, message: `must be a ${type}` }
}
const wholeFrom = (
  payload: Fields,
  name: string,
  low: number,
): { path: string; message: string } | undefined => {
  const value = payload[name]
  return value === undefined || (Number.isSafeInteger(value) && (value as number) >= low)
    ? undefined
    : { path: `/${name}`, message: `must be a whole number from ${low}` }
}
const duration = (payload: Fields, name: string): { path: string; message: string } | undefined => {
  const value = payload[name]
  return value === undefined || (typeof value === 'number' && value >= 0)
    ? undefined
    : { path: `/${name}`, message: 'must be a number of milliseconds, not negative' }
}

const checks = new Map<string, Check>([
  ['call.requested', requested],
  [
    'call.responded',
    (payload) => {
      const wrong = outputFault(payload['output'])
      if (wrong !== undefined) return { ...wrong, path: `/output${wrong.path}` }
      return wholeFrom(payload, 'seq', 1) ?? optional(payload, 'timestamp', 'number')
    },
  ],
  [
    'call.completed',
    (payload) => wholeFrom(payload, 'count', 0) ?? optional(payload, 'timestamp', 'number'),
  ],
  [
    'call.aborted',
    (payload) => optional(payload, 'reason', 'string') ?? optional(payload, 'timestamp', 'number'),
  ],
  [
    'call.error',
    (payload) => {
      if (!isText(payload['code'], 64))
        return { path: '/code', message: 'must be a string of 1 to 64 characters' }
      if (typeof payload['message'] !== 'string')
        return { path: '/message', message: 'must be a string' }
      return optional(payload, 'callId', 'string') ?? optional(payload, 'timestamp', 'number')
    },
  ],
  [
    'call.credit',
    (payload) => {
      const credits = payload['credits']
      return Number.isSafeInteger(credits) &&
        (credits as number) >= 1 &&
        (credits as number) <= 1_000_000
        ? (wholeFrom(payload, 'upTo', 1) ?? optional(payload, 'timestamp', 'number'))
        : { path: '/credits', message: 'must be a whole number from 1 to 1000000' }
    },
  ],
])

function requested(payload: Fields): ReturnType<Check> {
  if (!isText(payload['operationId'], MAX_OPERATION_ID))
    return {
      path: '/operationId',
      message: `must be a string of 1 to ${MAX_OPERATION_ID} characters`,
    }
  const parent = payload['parentRequestId']
  if (parent !== undefined && !isText(parent, MAX_ID))
    return { path: '/parentRequestId', message: `must be a string of 1 to ${MAX_ID} characters` }
  const key = payload['idempotencyKey']
  if (key !== undefined && !isText(key, 128))
    return { path: '/idempotencyKey', message: 'must be a string of 1 to 128 characters' }
  const identity = payload['identity']
  if (identity !== undefined) {
    if (!isFields(identity) || typeof identity['id'] !== 'string')
      return { path: '/identity', message: 'must be an object with an id' }
    const scopes = identity['scopes']
    if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === 'string'))
      return { path: '/identity/scopes', message: 'must be a list of strings' }
    const resources = identity['resources']
    if (resources !== undefined && !isResources(resources))
      return { path: '/identity/resources', message: 'must map resources to lists of actions' }
  }
  const metadata = payload['metadata']
  if (metadata !== undefined && !isFields(metadata))
    return { path: '/metadata', message: 'must be an object' }
  return (
    duration(payload, 'timeoutMs') ??
    duration(payload, 'idleTimeout') ??
    optional(payload, 'deadline', 'number') ??
    optional(payload, 'traceparent', 'string') ??
    optional(payload, 'timestamp', 'number')
  )
}

function isResources(value: unknown): boolean {
  return (
    isFields(value) &&
    Object.values(value).every(
      (actions) => Array.isArray(actions) && actions.every((action) => typeof action === 'string'),
    )
  )
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longest
}

function fault(path: string, message: string, requestId?: string): FrameCheck {
  return {
    kind: 'fault',
    fault: requestId === undefined ? { path, message } : { path, message, requestId },
  }
}
