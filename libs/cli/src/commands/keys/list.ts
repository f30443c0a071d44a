import type { ApiKey } from '@alkdev/contracts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { listAll, moreLine, pageFlags } from '../../hub/pages.ts'
import { columns, print, table } from '../../hub/print.ts'
import { accountIdOf } from '../../hub/resolve.ts'
import { shortTime } from '../../input/times.ts'

export const list: Command = {
  usage: '[options]',
  summary: 'Lists the keys of your account, newest first.',
  flags: {
    ...hubFlags,
    account: {
      type: 'string',
      value: 'ACCOUNT',
      summary: 'Those of another account: its id or e-mail address. For admins.',
    },
    all: { type: 'boolean', summary: 'Include revoked keys.' },
    ...pageFlags,
  },
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const account = args.text('account')
    const input = {
      ...(args.flag('all') && { includeRevoked: true }),
      ...(account !== undefined && { accountId: await accountIdOf(hub, account) }),
    }
    const found = await listAll<ApiKey>(hub, 'keys.list', input, args)
    print(io, args.flag('json'), found, () => {
      if (found.items.length === 0) return 'No keys.'
      const rows = found.items.map((key) => [
        key.keyId,
        key.name ?? '',
        stateOf(key),
        shortTime(key.createdAt),
        shortTime(key.lastUsedAt),
        key.scopes.join(' '),
      ])
      const headings = ['id', 'name', 'state', 'made', 'last used', 'scopes']
      return table(headings, rows, columns(io)) + moreLine(found, args)
    })
    return 0
  },
}

/** `valid`, `valid until ...`, or the reason why the key is not valid. */
export function stateOf(key: ApiKey, now = new Date()): string {
  if (key.revokedAt !== undefined)
    return new Date(key.revokedAt) > now ? `valid until ${shortTime(key.revokedAt)}` : 'revoked'
  if (!key.enabled) return 'disabled'
  if (key.expiresAt === undefined) return 'valid'
  return new Date(key.expiresAt) > now ? `valid until ${shortTime(key.expiresAt)}` : 'expired'
}
