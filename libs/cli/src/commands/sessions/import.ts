import { compact } from '@alkdev/std'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { readJsonObject } from '../../input/json-input.ts'
import { importDocument } from '../../sessions/import-document.ts'
import { storableDocument } from '../../input/storable-document.ts'

const MAX_SHOWN = 20
/** Of standard input: `alkhub sessions export` writes a document with spaces and line breaks, which the hub does not get. */
const MAX_BYTES = 64 * 1024 * 1024

export const importSession: Command = {
  usage: 'FILE [options]',
  summary:
    'Makes a session from a file of `alkhub sessions export` or of `opencode export`, and says what was left out. `-` reads standard input.',
  flags: {
    ...hubFlags,
    project: { type: 'string', value: 'PROJECT', summary: 'Slug or id of the project.' },
    title: { type: 'string', value: 'TEXT', summary: 'Another title.' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const file = positional(args, 0, 'Which file?', 'Name a file of `alkhub sessions export`.')
    const document = storableDocument(await readJsonObject(io, file, MAX_BYTES))
    const hub = await HubClient.from(args, io)
    const given = compact({ project: args.text('project'), title: args.text('title') })
    const made = await importDocument(hub, document, given)
    print(io, args.flag('json'), made, () => {
      const left = made.notMapped.slice(0, MAX_SHOWN).map(({ at, what }) => `  ${at}: ${what}`)
      const more = made.notMapped.length - left.length
      return [
        `Made ${made.session.slug} with ${made.messages} messages.`,
        ...(left.length > 0 ? ['Left out:', ...left] : []),
        ...(more > 0 ? [`  and ${more} more`] : []),
      ].join('\n')
    })
    return 0
  },
}
