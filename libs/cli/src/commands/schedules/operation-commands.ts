import type { Schedule, ScheduleFiring } from '@alkdev/contracts'
import { UsageError } from '../../failure.ts'
import { facts, listCommand, operationCommand } from '../../hub/operation-command.ts'
import type { InputFlag, InputPositional } from '../../hub/operation-command.ts'
import { jsonText } from '../../input/json-text.ts'
import { clockTime, shortTime } from '../../input/times.ts'
import { callFlags } from '../queue/call-flags.ts'

const which: InputPositional = {
  member: 'schedule',
  question: 'Which schedule?',
  fix: 'Names are shown by `alkhub schedules list`.',
}

const when = {
  cron: {
    type: 'string',
    value: 'CRON',
    member: 'cron',
    summary: 'Five fields in quotes: `"30 2 * * *"`; or @daily, @hourly, ...',
  },
  'time-zone': {
    type: 'string',
    value: 'ZONE',
    member: 'timeZone',
    summary: 'Of --cron: Europe/Berlin (default UTC).',
  },
  at: {
    type: 'string',
    value: 'INSTANT',
    member: 'at',
    summary: 'Fire once at this instant, in the place of --cron: 2030-01-31T08:00:00Z.',
  },
  input: {
    type: 'string',
    value: 'JSON',
    member: 'input',
    summary: 'The input of the operation (default {}).',
    read: (text) => jsonText('value of --input', text),
  },
  webhook: {
    type: 'string',
    value: 'WEBHOOK',
    member: 'webhook',
    summary: 'The webhook to which the ends of its calls are reported.',
  },
  overlap: {
    type: 'string',
    value: 'POLICY',
    member: 'overlap',
    summary: 'While an earlier call runs: skip (default), queue, cancel-previous or allow.',
  },
  'catch-up': {
    type: 'string',
    value: 'POLICY',
    member: 'catchUp',
    summary: 'Of times that passed while the hub was down: none, last (default) or all.',
  },
  'timeout-ms': {
    type: 'string',
    value: 'N',
    member: 'timeoutMs',
    read: (text) => durationMsOf(text),
    summary: 'Milliseconds for each attempt of its calls (default 30000).',
  },
  ...callFlags,
} as const satisfies Record<string, InputFlag>

function durationMsOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`--timeout-ms takes milliseconds, not \`${text}\`.`, 'Give a whole number.')
}

const timeOf = (one: Schedule): string => one.at ?? `${one.cron ?? ''} ${one.timeZone}`

const say = (one: Schedule): string => {
  const next = one.nextFirings.map((time) => `  ${shortTime(time)}`)
  const lines = facts({
    schedule: one.name,
    id: one.scheduleId,
    operation: one.operationId,
    input: JSON.stringify(one.input),
    when: timeOf(one),
    webhook: one.webhook,
    overlap: one.overlap,
    'catch-up': one.catchUp,
    priority: one.priority,
    'timeout ms': one.timeoutMs,
    'max attempts': one.maxAttempts,
    'backoff ms': one.backoffMs,
    'expires after ms': one.expiresAfterMs,
    status: one.status,
    'paused by': one.pausedReason,
  })
  return next.length === 0
    ? lines
    : `${lines}\nnext firings (${new Intl.DateTimeFormat().resolvedOptions().timeZone}):\n${next.join('\n')}`
}

export const list = listCommand<Schedule>({
  operationId: 'schedules.list',
  usage: '[options]',
  summary: 'Lists your schedules, newest first.',
  inputs: {
    status: {
      type: 'string',
      value: 'STATUS',
      member: 'status',
      summary: 'active, paused or ended.',
    },
  },
  headings: ['name', 'operation', 'when', 'status', 'next'],
  row: (one) => [
    one.name,
    one.operationId,
    timeOf(one),
    one.pausedReason === undefined ? one.status : `${one.status} (${one.pausedReason})`,
    shortTime(one.nextFirings[0]),
  ],
  none: 'There are no schedules.',
})

export const get = operationCommand<Schedule>({
  operationId: 'schedules.get',
  usage: 'SCHEDULE [options]',
  summary: 'Shows a schedule and its next times.',
  positionals: [which],
  say,
})

export const create = operationCommand<Schedule>({
  operationId: 'schedules.create',
  usage: 'NAME OPERATION (--cron CRON | --at INSTANT) [options]',
  summary: 'Makes a schedule. Its calls run with the rights of your key.',
  positionals: [
    { member: 'name', question: 'Which name?', fix: 'Lower-case letters, digits and hyphens.' },
    {
      member: 'operationId',
      question: 'Which operation?',
      fix: 'Find its name with `alkhub ops [words]`.',
    },
  ],
  inputs: when,
  say,
})

export const update = operationCommand<Schedule>({
  operationId: 'schedules.update',
  usage: 'SCHEDULE [options]',
  summary: 'Changes a schedule. From then on it fires with the rights of your key.',
  positionals: [which],
  inputs: {
    operation: {
      type: 'string',
      value: 'OPERATION',
      member: 'operationId',
      summary: 'Another operation.',
    },
    ...when,
  },
  moreFlags: {
    'no-webhook': { type: 'boolean', summary: 'Report the ends of its calls no more.' },
  },
  more: (args) => {
    if (!args.flag('no-webhook')) return Promise.resolve({})
    if (args.text('webhook') !== undefined)
      throw new UsageError('Give --webhook or --no-webhook, not both.', 'Leave one out.')
    return Promise.resolve({ webhook: null })
  },
  say,
})

export const firings = listCommand<ScheduleFiring>({
  operationId: 'schedules.firings',
  usage: 'SCHEDULE [options]',
  summary: 'Lists when a schedule fired, newest first.',
  positionals: [which],
  headings: ['due', 'fired', 'status', 'reason', 'call', 'missed from'],
  row: (one) => [
    clockTime(one.dueAt),
    clockTime(one.firedAt),
    one.manual ? `${one.status}, by request` : one.status,
    one.reason,
    one.callId,
    clockTime(one.missedFrom),
  ],
  none: 'It has not fired yet.',
})

export const runNow = operationCommand<{ readonly callId: string }>({
  operationId: 'schedules.runNow',
  usage: 'SCHEDULE [options]',
  summary: 'Queues the call of a schedule now, with the rights of your key.',
  positionals: [which],
  say: ({ callId }, _nameOf, alkhub) =>
    `Queued as ${callId}. Its state: ${alkhub} queue get ${callId}`,
})

export const pause = operationCommand<Schedule>({
  operationId: 'schedules.pause',
  usage: 'SCHEDULE [options]',
  summary: 'Pauses a schedule. Times that pass meanwhile are left out.',
  positionals: [which],
  say,
})

export const resume = operationCommand<Schedule>({
  operationId: 'schedules.resume',
  usage: 'SCHEDULE [options]',
  summary: 'Resumes a schedule. From then on it fires with the rights of your key.',
  positionals: [which],
  say,
})

export const remove = operationCommand<{ readonly scheduleId: string }>({
  operationId: 'schedules.delete',
  usage: 'SCHEDULE [options]',
  summary: 'Deletes a schedule and its firings. Calls that it queued go on.',
  positionals: [which],
  say: ({ scheduleId }) => `Deleted ${scheduleId}.`,
})
