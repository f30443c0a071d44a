import type { Call, QueuedCallItem } from '@alkdev/contracts'
import { actCover, facts, listCover } from '../../hub/cover.ts'
import type { InputFlag } from '../../hub/cover.ts'
import { shortTime } from '../../input/times.ts'

const filters = {
  operation: {
    type: 'string',
    value: 'OPERATION',
    member: 'operationId',
    summary: 'Only calls of one operation.',
  },
  code: {
    type: 'string',
    value: 'CODE',
    member: 'code',
    summary: 'Only calls with an error of this code: `PROVIDER_LOST`.',
  },
} as const satisfies Record<string, InputFlag>

const headings = ['id', 'operation', 'status', 'attempts', 'due', 'ended', 'error'] as const

const row = (one: QueuedCallItem): readonly (string | number | undefined)[] => [
  one.callId,
  one.operationId,
  one.status,
  `${one.attempts}/${one.maxAttempts}`,
  shortTime(one.dueAt),
  one.completedAt === undefined ? undefined : shortTime(one.completedAt),
  one.error?.code,
]

export const list = listCover<QueuedCallItem>({
  operationId: 'calls.queued',
  usage: '[options]',
  summary: 'Lists your queued calls, newest first. Times are UTC.',
  inputs: {
    status: {
      type: 'string',
      value: 'STATUS',
      member: 'status',
      summary: 'accepted, running, completed, failed or aborted.',
    },
    ...filters,
  },
  headings,
  row,
  none: 'There are no queued calls.',
})

export const dead = listCover<QueuedCallItem>({
  operationId: 'calls.deadLetters',
  usage: '[options]',
  summary: 'Lists your queued calls that failed and were not repeated, newest first.',
  inputs: filters,
  headings,
  row,
  none: 'There are no dead letters.',
})

export const get = actCover<Call>({
  operationId: 'calls.await',
  usage: 'CALL [options]',
  summary: 'Shows a queued call and, when it has ended, its result.',
  positionals: [
    {
      member: 'callId',
      question: 'Which call?',
      fix: 'Its id is shown by `alkhub queue list`.',
    },
  ],
  inputs: {
    wait: {
      type: 'string',
      value: 'MS',
      member: 'timeoutMs',
      summary: 'Milliseconds to wait for its end, up to 25000 (default 0).',
      read: Number,
    },
  },
  fixed: { timeoutMs: 0 },
  say: (one) =>
    `${facts({
      call: one.callId,
      operation: one.operationId,
      status: one.status,
      attempts: one.attempts,
      due: one.queued?.dueAt,
      started: one.startedAt,
      ended: one.completedAt,
      error: one.error && `${one.error.code}: ${one.error.message}`,
      'repeated as': one.queued?.repeatedAs,
    })}${one.output === undefined ? '' : `\n${JSON.stringify((one.output as { data?: unknown }).data ?? null, null, 2)}`}`,
})
