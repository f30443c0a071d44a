import { OperatorError } from '@alkdev/errors'
import type { Command } from '../command.ts'
import { print } from '../hub/print.ts'
import { readStack, waitForEnd } from '../stack/lock.ts'
import { stackPaths } from '../stack/paths.ts'

export const down: Command = {
  usage: '',
  summary: 'Stops the stack of this clone: work in flight is given 30 s to end. Its data stays.',
  flags: {},
  async run(args, io) {
    const state = await readStack(stackPaths())
    const json = args.flag('json')
    if (!state) {
      print(io, json, { stopped: false }, () => 'Nothing runs in this clone.')
      return 0
    }
    process.kill(state.pid, 'SIGTERM')
    if (!(await waitForEnd(state, 60_000)))
      throw new OperatorError(
        `Process ${state.pid} or one of its services has not ended after a minute.`,
        `Stop it with \`kill -9 ${state.pid}\`; the rest then ends by itself.`,
      )
    print(io, json, { stopped: true }, () => 'Stopped.')
    return 0
  },
}
