import type { KeysRotateInput, KeyWithSecret } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { keyIdOf } from '../../hub/resolve.ts'
import { durationOf } from '../../input/times.ts'
import { deliverKey, toFlag } from './deliver-key.ts'

export const rotate: Command = {
  usage: 'KEY [options]',
  summary:
    'Makes a key with the same rights in place of an old one, and shows it once. KEY is its id or its name.',
  flags: {
    ...hubFlags,
    grace: {
      type: 'string',
      value: 'TIME',
      summary: 'How long the old key stays valid, 7d at most: `1h` (default: not at all).',
    },
    leaked: {
      type: 'boolean',
      summary: 'End the queued calls and schedules of the old key, too (default: they go on).',
    },
    ...toFlag,
  },
  maxPositionals: 1,
  async run(args, io) {
    const named = positional(args, 0, 'Which key?', 'Its id is shown by `alkhub keys list`.')
    const grace = args.text('grace')
    const graceMs = grace === undefined ? undefined : durationOf('grace', grace)
    const hub = await HubClient.from(args, io)
    const keyId = await keyIdOf(hub, named)
    const input: KeysRotateInput = {
      keyId,
      ...compact({ graceMs }),
      ...(args.flag('leaked') && { moveGrants: false }),
    }
    const old = grace === undefined ? 'has ended' : `ends in ${grace}`
    await deliverKey(
      args,
      io,
      () => hub.call<KeyWithSecret>('keys.rotate', input),
      (made) => `Made ${made.keyId}; the old key ${old}.`,
    )
    return 0
  },
}
