import type { KeysCreateInput, KeyWithSecret } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import { UsageError } from '../../failure.ts'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { accountIdOf } from '../../hub/resolve.ts'
import { momentOf } from '../../input/times.ts'
import { deliverKey, toFlag } from './deliver-key.ts'

export const create: Command = {
  usage: 'NAME --scope SCOPE [options]',
  summary: 'Creates a key for your account with at most your own rights, and shows it once.',
  flags: {
    ...hubFlags,
    scope: {
      type: 'string',
      value: 'SCOPE',
      multiple: true,
      summary: 'A scope of the key: `tasks:read`, `fs:*`, `*`. May be repeated.',
    },
    resource: {
      type: 'string',
      value: 'TYPE:ID=ACTION,...',
      multiple: true,
      summary: 'Allowed actions on one resource: `spoke:laptop=call`.',
    },
    tag: { type: 'string', value: 'TAG', multiple: true, summary: 'A tag.' },
    account: {
      type: 'string',
      value: 'ACCOUNT',
      summary: 'For another account: its id or e-mail address. For admins.',
    },
    expires: {
      type: 'string',
      value: 'WHEN',
      summary: 'Expiry, as a duration or a date: `90d`, `2030-01-31` (default: never).',
    },
    ...toFlag,
  },
  maxPositionals: 1,
  async run(args, io) {
    const name = positional(args, 0, 'What is the key for?', 'Name it: `alkhub keys create ci`.')
    const scopes = args.texts('scope')
    const resources = parseResources(args.texts('resource'))
    if (scopes.length === 0 && Object.keys(resources).length === 0)
      throw new UsageError(
        'A key without a scope can do nothing.',
        'Say what it may do with --scope, for instance --scope tasks:read.',
      )
    const expires = args.text('expires')
    const expiresAt = expires === undefined ? undefined : momentOf('expires', expires).toISOString()
    const hub = await HubClient.from(args, io)
    const account = args.text('account')
    const input: KeysCreateInput = {
      name,
      ...(account !== undefined && { accountId: await accountIdOf(hub, account) }),
      scopes: [...scopes],
      ...(Object.keys(resources).length > 0 && { resources }),
      ...(args.texts('tag').length > 0 && { tags: [...args.texts('tag')] }),
      ...compact({ expiresAt }),
    }
    await deliverKey(
      args,
      io,
      () => hub.call<KeyWithSecret>('keys.create', input),
      (made) =>
        account === undefined
          ? `Made ${name} (${made.keyId}).`
          : `Made ${name} (${made.keyId}) for ${account}.`,
    )
    return 0
  },
}

/** `type:id=action,action` of each flag. */
export function parseResources(texts: readonly string[]): Record<string, string[]> {
  const resources: Record<string, string[]> = {}
  for (const text of texts) {
    const [, on = '', actions = ''] = /^([^=:]+:[^=]+)=([^=]+)$/.exec(text) ?? []
    const named = actions.split(',').filter((action) => action !== '')
    if (named.length === 0)
      throw new UsageError(
        `--resource takes TYPE:ID=ACTION, not \`${text}\`.`,
        'Write it as spoke:laptop=call.',
      )
    resources[on] = [...(resources[on] ?? []), ...named]
  }
  return resources
}
