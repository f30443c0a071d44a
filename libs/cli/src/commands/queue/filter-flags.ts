import type { Parsed } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import type { InputFlag } from '../../hub/operation-command.ts'
import { pastMomentOf } from '../../input/times.ts'

/** The filters that the commands for queued calls share. */
export const queueFilters = {
  op: {
    type: 'string',
    value: 'OPERATION',
    member: 'operationId',
    summary: 'Only calls of one operation.',
  },
  operation: {
    type: 'string',
    member: 'operationId',
    summary: 'Another name of --op.',
    hidden: true,
  },
  code: {
    type: 'string',
    value: 'CODE',
    member: 'code',
    summary: 'Only calls with an error of this code: `PROVIDER_LOST`.',
  },
  'idempotency-key': {
    type: 'string',
    value: 'KEY',
    member: 'idempotencyKey',
    summary: 'Only calls with one idempotency key.',
  },
  since: {
    type: 'string',
    value: 'WHEN',
    member: 'from',
    read: (text) => pastMomentOf('since', text).toISOString(),
    summary: 'Only calls queued since then: `2h` (two hours ago) or `2030-01-31`.',
  },
  before: {
    type: 'string',
    value: 'WHEN',
    member: 'before',
    read: (text) => pastMomentOf('before', text).toISOString(),
    summary: 'Only calls queued before then.',
  },
} as const satisfies Record<string, InputFlag>

/** Throws UsageError when filters or --dry-run are given to a command that acts on one call. */
export function refuseFilters(args: Parsed): void {
  const filter = Object.keys(queueFilters).find((flag) => args.text(flag) !== undefined)
  const given = filter ?? (args.flag('dry-run') ? 'dry-run' : undefined)
  if (given === undefined) return
  throw new UsageError(`--${given} needs --all.`, 'Give --all in the place of a call.')
}
