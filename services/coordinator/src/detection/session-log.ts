/** A tool call of a session. Times in milliseconds since the epoch. */
export interface LoggedCall {
  readonly id: string
  readonly at: number
  /** Absent while it runs. */
  readonly endedAt?: number | undefined
  readonly operation: string
  /** The same for equal inputs. */
  readonly input: string
  /** Of one that ended: the same for equal outputs or errors. */
  readonly result?: string | undefined
  readonly failed: boolean
  /** It may change something: not every repetition after it is one. */
  readonly changes: boolean
  /** It asks for the state of something that goes on. */
  readonly poll?: boolean | undefined
  /** Code of the error, and its reason. */
  readonly code?: string | undefined
}

/** A step of the model. */
export interface LoggedStep {
  readonly at: number
  readonly tokens: number
}

/** What the rules of detection know of a session. Every time is in milliseconds since the epoch. */
export interface SessionLog {
  readonly sessionId: string
  readonly now: number
  readonly status: string
  readonly progressAt: number
  /** When a person wrote last: what was before does not count. */
  readonly personAt: number
  readonly calls: readonly LoggedCall[]
  readonly steps: readonly LoggedStep[]
  /** When the conversation was made shorter. */
  readonly compactions: readonly number[]
  readonly spawns: readonly number[]
  readonly liveChildren: number
  readonly parent?: { readonly status: string; readonly since: number } | undefined
  /** Tokens that it may use, and has used. */
  readonly budget?: { readonly limit: number; readonly used: number } | undefined
  /** Globs of the files of its task; empty when they are not said. */
  readonly touches: readonly string[]
  /** Files that it changed. */
  readonly changed: readonly string[]
}

/** What a rule noticed: one sentence, and what shows it. */
export interface Noticed {
  readonly summary: string
  readonly evidence: Readonly<Record<string, unknown>>
}

export type Rule = (log: SessionLog) => Noticed | undefined

export const FINAL: ReadonlySet<string> = new Set(['done', 'failed', 'aborted', 'archived'])
