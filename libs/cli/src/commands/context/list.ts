import type { Command } from '../../command.ts'
import { readContexts } from '../../hub/contexts.ts'
import { columns, print, table } from '../../hub/print.ts'

export const list: Command = {
  usage: '',
  summary: 'Lists the contexts; `*` marks the one in use.',
  flags: {},
  async run(args, io) {
    const { contexts, current } = await readContexts(io.env)
    const items = Object.entries(contexts).map(([name, one]) => ({
      name,
      ...one,
      inUse: name === current,
    }))
    print(io, args.flag('json'), { items }, () =>
      items.length === 0
        ? 'No contexts. Add one with `alkhub context add NAME --hub URL --key-file FILE`.'
        : table(
            ['', 'name', 'hub', 'key file'],
            items.map((one) => [one.inUse ? '*' : '', one.name, one.hub, one.keyFile]),
            columns(io),
          ),
    )
    return 0
  },
}
