import type { KeysRevokeOutput } from '@alkdev/contracts'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { keyIdOf } from '../../hub/resolve.ts'
import { print } from '../../hub/print.ts'

export const revoke: Command = {
  usage: 'KEY [options]',
  summary:
    'Revokes a key permanently: every process of the hub refuses it within a second. KEY is its id, or its name when one key alone has it.',
  flags: hubFlags,
  maxPositionals: 1,
  async run(args, io) {
    const named = positional(args, 0, 'Which key?', 'Its id is shown by `alkhub keys list`.')
    const hub = await HubClient.from(args, io)
    const keyId = await keyIdOf(hub, named)
    const ended = await hub.call<KeysRevokeOutput>('keys.revoke', { keyId })
    print(io, args.flag('json'), ended, () => `Revoked ${ended.keyId}.`)
    return 0
  },
}
