import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { exportDocument } from '../../sessions/export-document.ts'
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
    const { document, shortened } = await exportDocument(hub, sessionId)
    const text = `${safeJson(document, 2)}\n`
    const file = args.text('to')
    const cut =
      shortened.length === 0
        ? []
        : [
            `Texts or outputs of ${shortened.length === 1 ? 'a message' : `${shortened.length} messages`} are cut, which do not fit into an answer of the hub: ${shortened.join(', ')}`,
          ]
    if (file === undefined) {
      io.stdout.write(text)
      for (const line of cut) io.stderr.write(`${line}\n`)
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
    print(io, args.flag('json'), { sessionId, file, messages: count, shortened }, () =>
      [`Wrote ${count} messages to ${file}.`, ...cut].join('\n'),
    )
    return 0
  },
}
