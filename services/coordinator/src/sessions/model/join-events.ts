/** Milliseconds in which the text of a model is collected for one event. */
const GATHER_MS = 10
const TEXTS: ReadonlySet<string> = new Set(['content', 'reasoning_content', 'reasoning'])
/** Deltas of messages, and their members with the text. */
const BLOCK_TEXTS: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  input_json_delta: 'partial_json',
}
/** Events of responses whose member `delta` is text. */
const RESPONSE_TEXTS: ReadonlySet<string> = new Set([
  'response.output_text.delta',
  'response.reasoning_summary_text.delta',
  'response.function_call_arguments.delta',
])
/** Before the data of an event; messages and responses have named events. */
const HEAD = /^(?:event: [\w.]{1,64}\n)?data: (?=\{)/
/** Characters of joined text with which an event is sent at once: a model that writes without a pause may leave no timer its turn. */
const MAX_JOINED = 65_536
/** Characters of an event that is not whole. */
const MAX_EVENT = 2 * 1024 * 1024

/** An event that has one piece of text and nothing else. */
interface Piece {
  readonly raw: string
  readonly head: string
  readonly event: Readonly<Record<string, unknown>>
  /** Of what it is a piece: pieces of the same are joined. */
  readonly of: string
  /** The object and its member with the text. */
  readonly holder: Record<string, unknown>
  readonly member: string
  isJoined: boolean
}

/**
 * Joins the text that a model writes within a few milliseconds into one event of the stream of its answer; all other events pass as they are, at once. The AI SDK
 * takes each event through a schema and a dozen streams, which is most of the work of a step whose model writes word by word.
 */
export function joinEvents(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  let rest = ''
  let ready = ''
  let held: Piece | undefined
  let timer: NodeJS.Timeout | undefined
  let isPlain = true
  const settle = (): void => {
    if (held !== undefined)
      ready += held.isJoined ? `${held.head}${JSON.stringify(held.event)}\n\n` : `${held.raw}\n\n`
    held = undefined
  }
  const send = (controller: TransformStreamDefaultController<Uint8Array>): void => {
    clearTimeout(timer)
    timer = undefined
    settle()
    if (ready !== '') controller.enqueue(encoder.encode(ready))
    ready = ''
  }
  /** True when it can wait for more text. */
  const add = (raw: string): boolean => {
    const piece = textPiece(raw)
    if (piece === undefined) {
      settle()
      ready += `${raw}\n\n`
      return false
    }
    if (held?.of === piece.of) {
      held.holder[held.member] = `${textOf(held)}${textOf(piece)}`
      held.isJoined = true
    } else {
      settle()
      held = piece
    }
    if (textOf(held).length < MAX_JOINED) return true
    settle()
    return false
  }
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(bytes, controller) {
      rest += decoder.decode(bytes, { stream: true })
      // Lines that end in another way, and what is too large to be held, are left to the SDK.
      isPlain &&= !rest.includes('\r') && rest.length < MAX_EVENT
      if (!isPlain) {
        settle()
        ready += rest
        rest = ''
        send(controller)
        return
      }
      const events = rest.split('\n\n')
      rest = events.pop() ?? ''
      let waits = true
      for (const event of events) waits = add(event) && waits
      if (waits) timer ??= setTimeout(() => send(controller), GATHER_MS)
      else send(controller)
    },
    flush(controller) {
      settle()
      ready += rest + decoder.decode()
      send(controller)
    },
    cancel() {
      clearTimeout(timer)
    },
  })
}

function textOf({ holder, member }: Piece): string {
  return holder[member] as string
}

/** Undefined for an event that has anything else. */
function textPiece(raw: string): Piece | undefined {
  const head = HEAD.exec(raw)?.[0]
  if (head === undefined || raw.includes('\n', head.length)) return undefined
  const event = parsed(raw.slice(head.length))
  if (event === undefined) return undefined
  const found = blockText(event) ?? responseText(event) ?? chatText(event)
  return found && { ...found, raw, head, event, isJoined: false }
}

type FoundText = Pick<Piece, 'of' | 'holder' | 'member'>

/** Of a message. */
function blockText({ type, index, delta }: Members): FoundText | undefined {
  if (type !== 'content_block_delta' || !isObject(delta)) return undefined
  const kind = String(delta['type'])
  const member = Object.hasOwn(BLOCK_TEXTS, kind) ? BLOCK_TEXTS[kind] : undefined
  if (member === undefined || typeof delta[member] !== 'string') return undefined
  if (Object.keys(delta).length !== 2) return undefined
  return { of: `block ${String(index)} ${kind}`, holder: delta, member }
}

/** Of a response. */
function responseText(event: Record<string, unknown>): FoundText | undefined {
  const { type, delta, logprobs, item_id: item, output_index: output } = event
  if (typeof type !== 'string' || !RESPONSE_TEXTS.has(type)) return undefined
  if (typeof delta !== 'string' || (Array.isArray(logprobs) && logprobs.length > 0))
    return undefined
  const part = event['content_index'] ?? event['summary_index']
  const of = [type, item, output, part].map(String).join(' ')
  return { of, holder: event, member: 'delta' }
}

/** Of a chat completion. */
function chatText({ id, choices, usage, error, type: named }: Members): FoundText | undefined {
  if (usage != null || error !== undefined || named !== undefined) return undefined
  const choice = onlyOne(choices)
  const { delta, index, finish_reason: finish, ...others } = choice ?? {}
  if (index !== 0 || finish != null || !isObject(delta)) return undefined
  if (Object.values(others).some((value) => value != null)) return undefined
  // Some providers name the role with each piece.
  const members = Object.keys(delta).filter((name) => name !== 'role' && delta[name] != null)
  const [member = ''] = members
  if (members.length !== 1) return undefined
  if (TEXTS.has(member) && typeof delta[member] === 'string')
    return { of: `${String(id)} ${member}`, holder: delta, member }
  if (member !== 'tool_calls') return undefined
  const { index: at, id: callId, function: called, type, ...more } = onlyOne(delta[member]) ?? {}
  // The first piece of a call has its id and its name.
  if (callId != null || type != null || Object.keys(more).length > 0) return undefined
  if (!isObject(called) || called['name'] != null) return undefined
  if (typeof at !== 'number' || typeof called['arguments'] !== 'string') return undefined
  return { of: `${String(id)} call ${at}`, holder: called, member: 'arguments' }
}

type Members = Readonly<Record<string, unknown>>

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function onlyOne(list: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(list) || list.length !== 1) return undefined
  const [one] = list as readonly unknown[]
  return isObject(one) ? one : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
