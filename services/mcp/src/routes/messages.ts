type RequestId = string | number

/** What the route must know of the messages in a body; the protocol reads the body itself. */
export interface Messages {
  readonly initializes: boolean
  /** One of them opens a stream that stays open (`subscriptions/listen`). */
  readonly listens: boolean
  /** One of them is a call that may be silent for longer than proxies wait. */
  readonly takesLong: boolean
  /** Ids of the requests in it. */
  readonly requests: readonly RequestId[]
  /** Ids of requests that the client no longer wants answered. */
  readonly cancelled: readonly RequestId[]
}

/** Milliseconds of a deadline from which a call counts as long: proxies and clients cut a silent connection after 60 s. */
const LONG_CALL_MS = 30_000

const none: Messages = {
  initializes: false,
  listens: false,
  takesLong: false,
  requests: [],
  cancelled: [],
}

interface Message {
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: {
    readonly requestId?: unknown
    readonly arguments?: { readonly deadlineMs?: unknown } | null
  } | null
}

/** Reads a body that may hold anything: what is not well formed is left to the protocol. */
export function messagesIn(body: Uint8Array | undefined): Messages {
  let parsed: unknown
  try {
    parsed = body === undefined ? undefined : JSON.parse(new TextDecoder().decode(body))
  } catch {
    return none
  }
  const all = (Array.isArray(parsed) ? parsed : [parsed]).filter(
    (one): one is Message => typeof one === 'object' && one !== null,
  )
  return {
    initializes: all.some(({ method }) => method === 'initialize'),
    listens: all.some(({ method }) => method === 'subscriptions/listen'),
    takesLong: all.some(({ method, params }) => {
      const deadlineMs = params?.arguments?.deadlineMs
      return method === 'tools/call' && typeof deadlineMs === 'number' && deadlineMs > LONG_CALL_MS
    }),
    requests: all.flatMap(({ id, method }) =>
      typeof method === 'string' && isRequestId(id) ? [id] : [],
    ),
    cancelled: all.flatMap(({ method, params }) => {
      const id = params?.requestId
      return method === 'notifications/cancelled' && isRequestId(id) ? [id] : []
    }),
  }
}

function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'number' || typeof id === 'string'
}
