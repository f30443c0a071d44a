import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { startScriptedModel } from '@alkdev/scripted-model'
import { compact } from '@alkdev/std'
import type { Command } from '../command.ts'
import { UsageError } from '../failure.ts'
import { print } from '../hub/print.ts'
import { scriptFolder } from '../stack/scripted-provider.ts'
import { stackPaths } from '../stack/paths.ts'

export const scriptedModel: Command = {
  usage: '[options]',
  summary:
    'Serves models that act out scripts, over the API of OpenAI, for tests and demos. Runs until Ctrl-C.\n`alkhub up` has them as the provider `scripted`.',
  flags: {
    dir: {
      type: 'string',
      value: 'FOLDER',
      summary: 'Folder with further scripts (default: `.alkhub/scripts` of this clone).',
    },
    port: { type: 'string', value: 'N', summary: 'Port on 127.0.0.1 (default: a free one).' },
  },
  async run(args, io) {
    const port = args.number('port')
    if (port !== undefined && port > 65_535)
      throw new UsageError(`--port takes a number up to 65535, not ${port}.`, 'Choose another.')
    const named = args.text('dir')
    const folder = named === undefined ? scriptFolder(stackPaths()) : resolve(io.cwd, named)
    if (named !== undefined && !(await stat(folder).catch(() => undefined))?.isDirectory())
      throw new OperatorError(`There is no folder ${named}.`, 'Name one with --dir FOLDER.')
    await using model = await startScriptedModel({ folder, ...compact({ port }) })
    print(
      io,
      args.flag('json'),
      { url: model.url },
      () => `The scripted models are served at ${model.url}. Ctrl-C ends it.`,
    )
    if (!io.signal.aborted) await once(io.signal, 'abort')
    return 0
  },
}
