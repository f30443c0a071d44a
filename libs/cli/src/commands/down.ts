import { OperatorError } from '@alkdev/errors'
import type { Command } from '../command.ts'
import { print } from '../hub/print.ts'
import { readLeftStack, readStack, waitForEnd } from '../stack/lock.ts'
import { stackPaths } from '../stack/paths.ts'
import { stopStack } from '../stack/stop-stack.ts'

export const down: Command = {
  usage: '',
  summary:
    'Stops the stack of this clone within ten seconds; calls in flight get four seconds to end. The data is kept.',
  flags: {},
  async run(args, io) {
    const paths = stackPaths()
    const state = await readStack(paths)
    const json = args.flag('json')
    if (!state) {
      // The processes of a stack whose `up` was killed end without a signal.
      const left = await readLeftStack(paths)
      if (left && !(await waitForEnd({ ...left.state, pid: 0 }, 10_000)))
        throw new OperatorError(
          'A stack of this clone was killed, and some of its processes have not ended after ten seconds.',
          'Look with `./alkhub doctor` at what is left.',
        )
      print(io, json, { stopped: false }, () => 'Nothing runs in this clone.')
      return 0
    }
    if (!(await stopStack(paths, state)))
      throw new OperatorError(
        `Process ${state.pid} or one of the processes that it started has not ended after ten seconds.`,
        'Look with `./alkhub doctor` at what is left.',
      )
    print(io, json, { stopped: true }, () => 'Stopped.')
    return 0
  },
}
