import type { Command } from '../command.ts'
import { shells, completionScripts } from '../completion/scripts.ts'
import { UsageError } from '../failure.ts'

export const completion: Command = {
  usage: 'bash | zsh | fish',
  summary:
    'Prints a script that completes commands, options and names of operations.\nbash: source <(./alkhub completion bash); zsh: the same; fish: ./alkhub completion fish | source.',
  flags: {},
  maxPositionals: 1,
  async run(args, io) {
    const wanted = args.positionals[0] ?? io.env['SHELL']?.split('/').at(-1)
    const shell = shells.find((one) => one === wanted)
    if (shell === undefined)
      throw new UsageError(
        wanted === undefined ? 'For which shell?' : `There is no completion for \`${wanted}\`.`,
        'Give bash, zsh or fish.',
      )
    io.stdout.write(completionScripts[shell])
    return 0
  },
}
