import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { readContexts, writeContexts } from '../../hub/contexts.ts'
import { print } from '../../hub/print.ts'
import { didYouMean } from '@alkdev/std'

export const use: Command = {
  usage: '(NAME | --none)',
  summary:
    'Chooses the context that commands use; with --none they use the stack of this clone again.',
  flags: { none: { type: 'boolean', summary: 'Use none.' } },
  maxPositionals: 1,
  async run(args, io) {
    const { contexts } = await readContexts(io.env)
    if (args.flag('none')) {
      await writeContexts(io.env, { contexts })
      print(io, args.flag('json'), { current: null }, () => 'No context is in use.')
      return 0
    }
    const name = positional(args, 0, 'Which context?', 'See `alkhub context list`.')
    const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined
    if (!found)
      throw new UsageError(
        `There is no context \`${name}\`.${didYouMean(name, Object.keys(contexts))}`,
        'They are shown by `alkhub context list`.',
      )
    await writeContexts(io.env, { current: name, contexts })
    print(
      io,
      args.flag('json'),
      { current: name, ...found },
      () => `Commands use ${found.hub} now.`,
    )
    return 0
  },
}
