import type { Call, QueuedCallItem } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import { operationCommand, facts, listCommand } from '../../hub/operation-command.ts'
import { UsageError } from '../../failure.ts'
import { clockTime, shortTime } from '../../input/times.ts'
import { resolveQueuedCallId } from '../calls/call-id-of.ts'
import { outcomeOf, shortId } from '../calls/call-text.ts'
import { queueFilters } from './filter-flags.ts'

const statuses = ['accepted', 'running', 'completed', 'failed', 'aborted'] as const

function statusOf(text: string): string {
  if (statuses.some((status) => status === text)) return text
  throw new UsageError(
    `There is no status \`${text}\`.`,
    'Give `accepted`, `running`, `completed`, `failed` or `aborted`.',
  )
}

const MAX_WAIT_MS = 25_000

function waitOf(text: string): number {
  const ms = /^\d{1,9}$/.test(text) ? Number(text) : Infinity
  if (ms <= MAX_WAIT_MS) return ms
  throw new UsageError(
    `--wait takes milliseconds, not \`${text}\`.`,
    `Give a whole number up to ${MAX_WAIT_MS}.`,
  )
}

const headings = ['call', 'at', 'attempt', 'status', 'operation'] as const

/** A row of at most 80 columns; the operation, which can be long, is last. */
const row = (one: QueuedCallItem): readonly (string | number | undefined)[] => [
  shortId(one.callId),
  clockTime(one.completedAt ?? one.dueAt),
  `${one.attempts}/${one.maxAttempts}`,
  outcomeOf({ status: one.status, ...compact({ code: one.error?.code }) }),
  one.operationId,
]

export const list = listCommand<QueuedCallItem>({
  operationId: 'calls.queued',
  usage: '[options]',
  summary:
    'Lists your queued calls, newest first: when each ended or is due, its attempts and their maximum, and its status or error code. The other commands accept the id prefixes that it shows.',
  inputs: {
    status: {
      type: 'string',
      value: 'STATUS',
      member: 'status',
      read: statusOf,
      summary: 'Only `accepted`, `running`, `completed`, `failed` or `aborted` calls.',
    },
    ...queueFilters,
  },
  headings,
  row,
  none: 'There are no queued calls.',
})

export const dead = listCommand<QueuedCallItem>({
  operationId: 'calls.deadLetters',
  usage: '[options]',
  summary: 'Lists your queued calls that failed and were not repeated, newest first.',
  inputs: queueFilters,
  headings,
  row,
  none: 'There are no dead letters.',
})

export const get = operationCommand<Call>({
  operationId: 'calls.await',
  usage: 'CALL [options]',
  summary:
    'Shows a queued call and, when it has ended, its result. CALL is an id or a prefix of it.',
  positionals: [
    {
      member: 'callId',
      question: 'Which call?',
      fix: 'Its id is shown by `alkhub queue list`.',
      resolve: resolveQueuedCallId,
    },
  ],
  inputs: {
    wait: {
      type: 'string',
      value: 'MS',
      member: 'timeoutMs',
      summary: 'Milliseconds to wait for its end, up to 25000 (default 0).',
      read: waitOf,
    },
  },
  fixed: { timeoutMs: 0 },
  say: (one) =>
    `${facts({
      call: one.callId,
      operation: one.operationId,
      status: one.status,
      attempts: `${one.attempts} of ${one.queued?.maxAttempts ?? 1}`,
      due: one.completedAt === undefined ? shortTime(one.queued?.dueAt) : undefined,
      started: shortTime(one.startedAt),
      ended: shortTime(one.completedAt),
      error: one.error && `${one.error.code}: ${one.error.message}`,
      'repeated as': one.queued?.repeatedAs,
    })}${one.output === undefined ? '' : `\n\noutput\n${JSON.stringify((one.output as { data?: unknown }).data ?? null, null, 2)}`}`,
})
