import type { CallSummary } from '@alkdev/contracts'
import { listCommand } from '../../hub/operation-command.ts'
import { clockTime, pastMomentOf } from '../../input/times.ts'
import { durationText, outcomeOf, shortId } from './call-text.ts'
import { filterFlags } from './filter-flags.ts'

export const list = listCommand<CallSummary>({
  operationId: 'calls.list',
  usage: '[options]',
  summary:
    'Lists the calls of your account that have ended, newest first. The other commands accept the id prefixes that it shows.',
  inputs: {
    ...filterFlags,
    id: {
      type: 'string',
      value: 'PREFIX',
      member: 'idPrefix',
      summary: 'Only calls whose id has this prefix.',
    },
    since: {
      type: 'string',
      value: 'WHEN',
      member: 'from',
      read: (text) => pastMomentOf('since', text).toISOString(),
      summary:
        'Only calls made since then: `2h` (two hours ago) or `2030-01-31`. With --outcome, --slower, --faster and --idempotency-key the default is 24 hours.',
    },
    before: {
      type: 'string',
      value: 'WHEN',
      member: 'before',
      read: (text) => pastMomentOf('before', text).toISOString(),
      summary: 'Only calls made before then.',
    },
  },
  headings: ['call', 'at', 'took', 'outcome', 'operation'],
  row: (call) => [
    shortId(call.callId),
    clockTime(call.startedAt),
    durationText(call.durationMs),
    outcomeOf(call),
    call.operationId,
  ],
  none: 'No such calls.',
})
