import { resolve } from 'node:path'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { readContexts, writeContexts } from '../../hub/contexts.ts'
import { checkUrl, readKeyFile } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'

export const add: Command = {
  usage: 'NAME --hub URL --key-file FILE [options]',
  summary:
    'Gives a hub and its key file a name; replaces an existing context of that name. The first context becomes the one in use.',
  flags: {
    hub: { type: 'string', value: 'URL', summary: "The hub's URL." },
    'key-file': {
      type: 'string',
      value: 'FILE',
      summary: 'File that holds the API key. The path is kept, not the key.',
    },
    use: { type: 'boolean', summary: 'Make it the context in use.' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const name = positional(
      args,
      0,
      'What is the hub called?',
      'Name it: `alkhub context add prod --hub URL --key-file FILE`.',
    )
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name))
      throw new UsageError(
        `\`${name}\` can't be the name of a context.`,
        'Use letters, digits, dots, hyphens and underscores.',
      )
    const hub = args.text('hub')
    const file = args.text('key-file')
    if (hub === undefined || file === undefined)
      throw new UsageError(
        hub === undefined ? 'Where is the hub?' : 'Where is the key for it?',
        'Give both: --hub URL and --key-file FILE.',
      )
    checkUrl(hub)
    const keyFile = resolve(io.cwd, file)
    await readKeyFile(keyFile)
    const { contexts, current } = await readContexts(io.env)
    const used = args.flag('use') || current === undefined ? name : current
    await writeContexts(io.env, {
      current: used,
      contexts: { ...contexts, [name]: { hub, keyFile } },
    })
    print(io, args.flag('json'), { name, hub, keyFile, inUse: used === name }, () =>
      used === name
        ? `Added ${name}; commands use it now.`
        : `Added ${name}. Commands still use ${used}; change that with \`alkhub context use ${name}\`.`,
    )
    return 0
  },
}
