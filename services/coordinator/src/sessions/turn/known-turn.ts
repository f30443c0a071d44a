import type { OpenToolCall, TurnProgress } from '@alkdev/storage/sessions'
import type { TurnRights } from './turn-rights.ts'

/** Rights, and when they were there, by the monotonic clock in milliseconds. */
export interface ReadRights {
  readonly rights: TurnRights
  readonly at: number
}

/** How far the turn is and what is to be done, as this process has just stored it. No other process writes either while this one has the claim. */
export interface KnownTurn {
  readonly progress: TurnProgress
  /** The tool calls that have not ended. */
  readonly open: readonly OpenToolCall[]
  /** The session was read with it. */
  readonly isSeen: boolean
  readonly rights?: Promise<ReadRights> | undefined
}

/** The latest step asked for no tool call. */
export function isAnswered({ lastStep, hasCalls }: TurnProgress): boolean {
  return lastStep > 0 && !hasCalls
}
