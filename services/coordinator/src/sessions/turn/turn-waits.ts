import type { Db } from '@alkdev/storage'
import { countEndedLocked } from '@alkdev/storage/coordination'
import { awaitedSessions } from '@alkdev/storage/sessions'
import type { NewWait, OpenToolCall } from '@alkdev/storage/sessions'
import { isEnough } from '../../coordination/await-sessions.ts'

export interface TurnWaits {
  readonly waits: readonly NewWait[]
  /** They wait for sessions alone. */
  readonly isForSessions: boolean
  /** Milliseconds until the first of them has to be looked at. */
  readonly untilMs: number
}

/** What the tool calls of a turn wait for: approvals, and sessions. */
export function waitsOf(waiting: readonly OpenToolCall[]): TurnWaits {
  const waits: NewWait[] = []
  let untilMs = Infinity
  let isForSessions = waiting.length > 0
  for (const call of waiting) {
    const awaited = awaitedSessions(call)
    if (awaited === undefined) {
      isForSessions = false
      waits.push({ kind: 'approval', ref: call.approvalId ?? '', toolCallId: call.id })
      continue
    }
    const deadlineMs = Math.max(0, awaited.until - Date.now())
    untilMs = Math.min(untilMs, deadlineMs)
    for (const ref of awaited.ids)
      waits.push({ kind: 'child', ref, toolCallId: call.id, deadlineMs })
  }
  return { waits, isForSessions, untilMs }
}

/** Did one of the calls get what it waits for meanwhile? Until the transaction ends, none of its sessions ends. */
export async function isOneOver(tx: Db, waiting: readonly OpenToolCall[]): Promise<boolean> {
  for (const call of waiting) {
    const awaited = awaitedSessions(call)
    if (awaited === undefined) continue
    // oxlint-disable-next-line no-await-in-loop -- rarely more than one
    const ended = await countEndedLocked(tx, awaited.ids)
    if (isEnough(ended, awaited.ids.length, awaited.mode)) return true
  }
  return false
}
