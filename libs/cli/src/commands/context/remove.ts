import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { readContexts, writeContexts } from '../../hub/contexts.ts'
import { print } from '../../hub/print.ts'
import { didYouMean } from '@alkdev/std'

export const remove: Command = {
  usage: 'NAME',
  summary: 'Removes a context. The key file is kept.',
  flags: {},
  maxPositionals: 1,
  async run(args, io) {
    const name = positional(args, 0, 'Which context?', 'See `alkhub context list`.')
    const { contexts, current } = await readContexts(io.env)
    if (!Object.hasOwn(contexts, name))
      throw new UsageError(
        `There is no context \`${name}\`.${didYouMean(name, Object.keys(contexts))}`,
        'They are shown by `alkhub context list`.',
      )
    const rest = Object.fromEntries(Object.entries(contexts).filter(([one]) => one !== name))
    await writeContexts(io.env, {
      ...(current !== undefined && current !== name && { current }),
      contexts: rest,
    })
    print(io, args.flag('json'), { removed: name }, () =>
      current === name ? `Removed ${name}. No context is in use.` : `Removed ${name}.`,
    )
    return 0
  },
}
