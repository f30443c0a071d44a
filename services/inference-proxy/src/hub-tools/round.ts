/** A tool of the hub that a model called in a round. */
export interface ToolCall {
  /** By which the model knows the call. */
  readonly id: string
  /** The name of the tool: list, search, schema, call. */
  readonly tool: string
  /** JSON. */
  readonly arguments: string
}

/** A call that was made, or was denied. */
export interface EndedToolCall extends ToolCall {
  readonly output: string
  readonly isError: boolean
}

/** What one request to a model gave. */
export interface Round {
  readonly calls: readonly ToolCall[]
  /** The model asked the client for something, or has ended: the client gets the answer. */
  readonly isLast: boolean
}

/**
 * The conversation of one request in the protocol of its client: it makes the body of each round, and one answer of all rounds. Streams: `push`
 * takes each event of a round and gives what the client gets of it.
 */
export interface Conversation {
  /** Calls that the client approves with the request: they are made before the first round. */
  readonly approved: readonly ToolCall[]
  /** The body of the next request to the model. */
  body(): Record<string, unknown>
  /** Takes a whole answer. */
  take(answer: unknown): Round
  /** Takes an event of a stream; gives the events for the client. */
  push(event: unknown): string
  /** The round of a stream has ended. Undefined when it ended without a terminal event. */
  roundOf(): Round | undefined
  /** Adds calls that were made; gives their events. */
  ended(calls: readonly EndedToolCall[]): string
  /** Adds calls that the client must approve first; gives their events. */
  asked(calls: readonly ToolCall[]): string
  /** The last events of a stream. */
  finish(): string
  /** The answer of all rounds. */
  whole(): object
}
