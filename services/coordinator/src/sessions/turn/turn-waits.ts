import { sharedNow } from '@alkdev/std'
import type { Db } from '@alkdev/storage'
import { countEndedLocked } from '@alkdev/storage/coordination'
import { findEndedQueuedCalls } from '@alkdev/storage/queue'
import { askedSession, awaitedCall, awaitedSessions } from '@alkdev/storage/sessions'
import type { NewWait, OpenToolCall } from '@alkdev/storage/sessions'
import { isEnough } from '../../coordination/await-sessions.ts'

export interface TurnWaits {
  readonly waits: readonly NewWait[]
  /** What the session is shown to wait for: of several kinds the first of `KINDS`. */
  readonly waitingOn: (typeof KINDS)[number]
  /** Milliseconds until the first of them has to be looked at. */
  readonly untilMs: number
}

const KINDS = ['approval', 'call', 'child', 'timer'] as const

interface CallWait extends NewWait {
  /** Milliseconds until it has to be looked at. */
  readonly lookMs: number
}

/** What the tool calls of a turn wait for: approvals, queued calls, sessions and times. */
export function waitsOf(waiting: readonly OpenToolCall[]): TurnWaits {
  const found = waiting.flatMap((call) => waitsOfCall(call))
  return {
    waits: found.map(({ lookMs: _lookMs, ...wait }) => wait),
    waitingOn: KINDS.find((one) => found.some(({ kind }) => kind === one)) ?? 'approval',
    untilMs: Math.min(...found.map(({ lookMs }) => lookMs)),
  }
}

function waitsOfCall(call: OpenToolCall): readonly CallWait[] {
  const toolCallId = call.id
  const sessions = awaitedSessions(call)
  const queued = awaitedCall(call)
  const asked = askedSession(call)
  const until = (sessions ?? queued ?? asked)?.until
  const lookMs = until === undefined ? Infinity : Math.max(0, until - sharedNow())
  if (sessions !== undefined)
    return sessions.ids.map((ref) => ({
      kind: 'child',
      ref,
      toolCallId,
      deadlineMs: lookMs,
      lookMs,
    }))
  if (queued !== undefined) {
    const { callId } = queued
    const kind = callId === undefined ? 'timer' : 'call'
    return [{ kind, ref: callId ?? '', toolCallId, deadlineMs: lookMs, lookMs }]
  }
  return [{ kind: 'approval', ref: call.approvalId ?? '', toolCallId, lookMs }]
}

/** Did one of the calls get what it waits for meanwhile? Until the transaction ends, none of its sessions ends. */
export async function isOneOver(tx: Db, waiting: readonly OpenToolCall[]): Promise<boolean> {
  for (const call of waiting) {
    const queued = awaitedCall(call)?.callId
    // oxlint-disable-next-line no-await-in-loop -- rarely more than one
    if (queued !== undefined && (await findEndedQueuedCalls(tx, [queued])).length > 0) return true
    const awaited = awaitedSessions(call)
    if (awaited === undefined) continue
    // oxlint-disable-next-line no-await-in-loop -- rarely more than one
    const ended = await countEndedLocked(tx, awaited.ids)
    if (isEnough(ended, awaited.ids.length, awaited.mode)) return true
  }
  return false
}
