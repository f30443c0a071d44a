import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { SessionExport } from '@alkdev/contracts/agents'
import { OperatorError } from '@alkdev/errors'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { sessionIdOf } from '../../sessions/resolve-session.ts'
import { safeJson } from '../../say.ts'

export const exportSession: Command = {
  usage: 'SESSION [options]',
  summary: 'Writes a session with all its messages as JSON, for `alkhub sessions import`.',
  flags: {
    ...hubFlags,
    to: { type: 'string', value: 'FILE', summary: 'A new file (default: standard output).' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const named = positional(args, 0, 'Which session?', '`alkhub sessions list` shows them.')
    const hub = await HubClient.from(args, io)
    const sessionId = await sessionIdOf(hub, named)
    const document = await hub.call<SessionExport>('sessions.export', { sessionId })
    const text = `${safeJson(document, 2)}\n`
    const file = args.text('to')
    if (file === undefined) {
      io.stdout.write(text)
      return 0
    }
    // A conversation may hold what only its owner should read.
    await writeFile(resolve(io.cwd, file), text, { flag: 'wx', mode: 0o600 }).catch(
      (cause: unknown) => {
        const exists = (cause as { code?: unknown }).code === 'EEXIST'
        throw new OperatorError(
          exists ? `The file ${file} exists.` : `The file ${file} can not be written.`,
          'Name another file with --to.',
          { cause },
        )
      },
    )
    const count = document.messages.length
    print(
      io,
      args.flag('json'),
      { sessionId, file, messages: count },
      () => `Wrote ${count} messages to ${file}.`,
    )
    return 0
  },
}
