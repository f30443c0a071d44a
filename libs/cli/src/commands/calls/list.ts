import type { CallSummary } from '@alkdev/contracts'
import { listCover } from '../../hub/cover.ts'
import { pastMomentOf } from '../../input/times.ts'
import { callTime, durationText, outcomeOf, shortId } from './call-text.ts'
import { filterFlags } from './filter-flags.ts'

export const list = listCover<CallSummary>({
  operationId: 'calls.list',
  usage: '[options]',
  summary:
    'Lists the calls of your account that have ended, newest first. The beginnings of the ids that it shows are taken by the other commands.',
  inputs: {
    ...filterFlags,
    id: {
      type: 'string',
      value: 'PREFIX',
      member: 'idPrefix',
      summary: 'Only calls whose id begins so.',
    },
    since: {
      type: 'string',
      value: 'WHEN',
      member: 'from',
      read: (text) => pastMomentOf('since', text).toISOString(),
      summary:
        'Only calls made from then on: `2h` (two hours ago) or `2030-01-31`. With --outcome, --slower, --faster and --idempotency-key the default is 24 hours.',
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
    callTime(call.startedAt),
    durationText(call.durationMs),
    outcomeOf(call),
    call.operationId,
  ],
  none: 'No such calls.',
})
