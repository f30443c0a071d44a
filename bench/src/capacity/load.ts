/** The load that a deployment has to take. */
export interface Load {
  /** Interactive calls a second, over HTTP, to spokes. */
  readonly calls: number
  /** Spokes attached at the same time. */
  readonly spokes: number
  /** Operations of a spoke. */
  readonly operations: number
  /** Agent sessions that work at the same time. */
  readonly sessions: number
  /** Steps of a session in a minute; each is a model call and a tool call. */
  readonly stepsPerMinute: number
  /** Streams of models that clients read at the same time, beside those of sessions. */
  readonly streams: number
  /** Queued calls a second. */
  readonly queued: number
  /** Calls of MCP tools a second. */
  readonly mcpCalls: number
  /** Attachments and losses of each spoke in an hour: each is a change of the registry. */
  readonly changesPerHour: number
}

export const DEFAULT_LOAD: Load = {
  calls: 0,
  spokes: 0,
  operations: 20,
  sessions: 0,
  stepsPerMinute: 6,
  streams: 0,
  queued: 0,
  mcpCalls: 0,
  changesPerHour: 2,
}
