import type { AuditEntry } from '@alkdev/contracts'
import { listCommand } from '../../hub/operation-command.ts'
import { isNamedKind } from '../../hub/names.ts'
import { accountIdOf, keyIdOf, orgIdOf } from '../../hub/resolve.ts'
import { pastMomentOf, shortTime } from '../../input/times.ts'

export const list = listCommand<AuditEntry>({
  operationId: 'audit.list',
  usage: '[options]',
  summary:
    'Lists what your account did, newest first; with --org what happened in an organization that you administer; everything for admins.',
  inputs: {
    account: {
      type: 'string',
      value: 'ACCOUNT',
      member: 'accountId',
      resolve: accountIdOf,
      summary: 'Only by one account: its id or e-mail address.',
    },
    org: {
      type: 'string',
      value: 'ORG',
      member: 'orgId',
      resolve: orgIdOf,
      summary: 'Only in one organization: its id or name.',
    },
    key: {
      type: 'string',
      value: 'KEY',
      member: 'keyId',
      resolve: keyIdOf,
      summary: 'Only with one key: its id, or the name of one of yours.',
    },
    action: {
      type: 'string',
      value: 'ACTION',
      member: 'action',
      summary: 'Only one action: `keys.revoked`.',
    },
    target: { type: 'string', value: 'ID', member: 'targetId', summary: 'Only on one thing.' },
    since: {
      type: 'string',
      value: 'WHEN',
      member: 'from',
      summary: 'Only from then on: `2h` (two hours ago) or `2030-01-31`.',
      read: (text) => pastMomentOf('since', text).toISOString(),
    },
    before: {
      type: 'string',
      value: 'WHEN',
      member: 'before',
      summary: 'Only before then.',
      read: (text) => pastMomentOf('before', text).toISOString(),
    },
  },
  headings: ['at', 'account', 'action', 'on', 'result', 'from'],
  names: (entries) => [
    'account',
    ...entries.flatMap(({ targetType }) => {
      const kind = targetType ?? ''
      return isNamedKind(kind) ? [kind] : []
    }),
  ],
  row: (one, nameOf) => [
    shortTime(one.at),
    nameOf(one.accountId),
    one.action,
    [one.targetType, one.targetId && nameOf(one.targetId)]
      .filter((text) => text !== undefined)
      .join(' '),
    one.code ?? one.result,
    one.ip,
  ],
  none: 'Nothing was done.',
})
