import type { ClientAnswer } from '../legacy/client-answers.ts'
import { MAX_WATCHED } from '../protocol/watch-limit.ts'

type RequestId = string | number

/** The facts about the messages of a body that the route needs; the protocol reads the body itself. */
export interface Messages {
  /** The body as JSON; undefined when it is none. */
  readonly body?: unknown
  /** One of them is `initialize`: the capabilities that the client declares. */
  readonly initializes?: { readonly capabilities: unknown }
  /** One of them opens a stream that stays open (`subscriptions/listen`): its id, and the URIs of resources whose changes it asks for. */
  readonly listens?: { readonly id: RequestId; readonly uris: readonly string[] }
  /** One of them is a call that may be silent for longer than proxies wait. */
  readonly takesLong: boolean
  /** Ids of the requests in the body. */
  readonly requests: readonly RequestId[]
  /** Ids of requests that the client no longer wants answered. */
  readonly cancelled: readonly RequestId[]
  /** Answers to requests of the hub. */
  readonly answers: readonly ClientAnswer[]
}

/** Milliseconds of a deadline from which a call counts as long: proxies and clients cut a silent connection after 60 s. */
export const LONG_CALL_MS = 30_000
/** Messages of one body. The protocol refuses a body with more. */
const MAX_MESSAGES = 100

const none: Messages = { takesLong: false, requests: [], cancelled: [], answers: [] }

interface Message {
  readonly id?: unknown
  readonly method?: unknown
  readonly result?: unknown
  readonly error?: unknown
  readonly params?: {
    readonly requestId?: unknown
    readonly capabilities?: unknown
    readonly notifications?: { readonly resourceSubscriptions?: unknown } | null
    readonly arguments?: { readonly deadlineMs?: unknown } | null
  } | null
}

/** Reads any body: malformed parts are left to the protocol. */
export function messagesIn(body: string | undefined): Messages {
  let parsed: unknown
  try {
    parsed = body === undefined ? undefined : JSON.parse(body)
  } catch {
    return none
  }
  if (isCall(parsed))
    return { ...none, body: parsed, takesLong: takesLong(parsed), requests: [parsed.id] }
  if (Array.isArray(parsed) && parsed.length > MAX_MESSAGES) return none
  const all = (Array.isArray(parsed) ? parsed : [parsed]).filter(
    (one): one is Message => typeof one === 'object' && one !== null,
  )
  const initialize = all.find(({ method }) => method === 'initialize')
  const listen = all.find(({ method }) => method === 'subscriptions/listen')
  return {
    ...(parsed !== undefined && { body: parsed }),
    ...(initialize !== undefined && {
      initializes: { capabilities: initialize.params?.capabilities },
    }),
    ...(listen !== undefined && {
      listens: { id: isRequestId(listen.id) ? listen.id : '', uris: urisOf(listen) },
    }),
    takesLong: all.some(takesLong),
    requests: all.flatMap(({ id, method }) =>
      typeof method === 'string' && isRequestId(id) ? [id] : [],
    ),
    cancelled: all.flatMap(({ method, params }) => {
      const id = params?.requestId
      return method === 'notifications/cancelled' && isRequestId(id) ? [id] : []
    }),
    answers: all.filter(
      (one): one is ClientAnswer & Message =>
        one.method === undefined &&
        isRequestId(one.id) &&
        (isObject(one.result) || isObject(one.error)),
    ),
  }
}

/** Most bodies are one call. */
function isCall(parsed: unknown): parsed is Message & { readonly id: RequestId } {
  if (!isObject(parsed)) return false
  const { id, method } = parsed as Message
  return method === 'tools/call' && isRequestId(id)
}

function takesLong({ method, params }: Message): boolean {
  const deadlineMs = params?.arguments?.deadlineMs
  return method === 'tools/call' && typeof deadlineMs === 'number' && deadlineMs > LONG_CALL_MS
}

function urisOf({ params }: Message): string[] {
  const given = params?.notifications?.resourceSubscriptions
  if (!Array.isArray(given)) return []
  return given.filter((uri): uri is string => typeof uri === 'string').slice(0, MAX_WATCHED)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'number' || typeof id === 'string'
}
