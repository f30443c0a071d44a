import { OperatorError } from '@alkdev/errors'
import { groupHelp, helpOf, isGroup, parseCommand } from './command.ts'
import type { Command, CommandGroup, Io } from './command.ts'
import { commands, groups } from './commands/table.ts'

/** Runs one command line (without `node` and the script) and resolves with the exit code. `io` is that of this process unless given. */
export async function runCli(argv: readonly string[], io = processIo()): Promise<number> {
  const [name, ...rest] = argv
  try {
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      io.stdout.write(overview())
      return name === undefined ? 1 : 0
    }
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (!entry)
      throw new OperatorError(
        `There is no command \`${name}\`.`,
        'Run `alkhub --help` for the list.',
      )
    const command = await entry.load()
    if (isGroup(command)) return await runGroup(name, command, rest, io)
    return await runCommand(name, command, rest, io)
  } catch (error) {
    // Ctrl-C: whoever pressed it knows.
    if (io.signal.aborted && !(error instanceof OperatorError)) return 130
    return report(error, rest.includes('--verbose'), io)
  }
}

/** Streams, folder, environment and signals of this process. */
function processIo(): Io {
  const controller = new AbortController()
  const onSignal = (signal: NodeJS.Signals): void => controller.abort(new Error(signal))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // `alkhub ops | head`: the reader leaves, and that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    controller.abort(new Error('the reader of the output left'))
  })
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: process.cwd(),
    env: process.env,
    signal: controller.signal,
  }
}

async function runCommand(
  name: string,
  command: Command,
  args: readonly string[],
  io: Io,
): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    io.stdout.write(helpOf(name, command))
    return 0
  }
  return command.run(parseCommand(name, command, args), io)
}

async function runGroup(
  name: string,
  group: CommandGroup,
  [sub, ...args]: readonly string[],
  io: Io,
): Promise<number> {
  if (sub === undefined || sub === '--help' || sub === '-h' || sub === 'help') {
    io.stdout.write(groupHelp(name, group))
    return sub === undefined ? 1 : 0
  }
  const entry = Object.hasOwn(group.subcommands, sub) ? group.subcommands[sub] : undefined
  if (!entry)
    throw new OperatorError(
      `There is no command \`${name} ${sub}\`.`,
      `Run \`alkhub ${name} --help\` for the list.`,
    )
  return runCommand(`${name} ${sub}`, await entry.load(), args, io)
}

function report(error: unknown, verbose: boolean, io: Io): number {
  if (error instanceof OperatorError) {
    // A message that ends in a list has its fix on a line of its own.
    const gap = error.message.endsWith('\n') ? '' : ' '
    io.stderr.write(`alkhub: ${`${error.message}${gap}${error.fix}`.trimEnd()}\n`)
  } else if (error instanceof Error) {
    const message = error.message.split('\n')[0] ?? ''
    io.stderr.write(
      `alkhub: ${message}${verbose ? '' : ' Run again with --verbose for the stack.'}\n`,
    )
  } else io.stderr.write('alkhub: something failed. Run again with --verbose for the stack.\n')
  if (verbose) io.stderr.write(`${format(error)}\n`)
  return 1
}

function format(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by ${format(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length)) + 2
  const sections = Object.entries(groups).flatMap(([group, title]) => {
    const rows = Object.entries(commands).filter(([, entry]) => entry.group === group)
    if (rows.length === 0) return []
    const lines = rows.map(([name, entry]) => `  ${name.padEnd(width)}${entry.summary}`)
    return [`${title}\n${lines.join('\n')}\n`]
  })
  return `alkhub <command> [options]\n\n${sections.join('\n')}\nalkhub <command> --help tells what a command takes.\n`
}
