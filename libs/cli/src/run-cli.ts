import { setImmediate } from 'node:timers/promises'
import { OperatorError } from '@alkdev/errors'
import {
  EXIT,
  exitCodeOf,
  failureJson,
  firstLine,
  HubProblemError,
  sentence,
  UsageError,
} from './failure.ts'
import { didYouMean } from '@alkdev/std'
import { groupHelp, helpOf, isGroup, parseCommand } from './command.ts'
import type { Command, CommandGroup, Io } from './command.ts'
import { commands, groups } from './commands/table.ts'
import { safeJson, say } from './say.ts'
import { asStarted } from './started-as.ts'

/** Runs one command line (without `node` and the script) and resolves with the exit code. `io` is that of this process unless given. */
export async function runCli(argv: readonly string[], io = processIo()): Promise<number> {
  const code = await runLine(argv, io)
  // A write that failed is reported in a later turn of the event loop.
  await setImmediate()
  const { reason } = io.signal as { readonly reason: unknown }
  if (!(reason instanceof OutputFailedError)) return code
  return report(reason, { json: false, verbose: false }, io)
}

async function runLine(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv
  try {
    if (name === 'help' && rest[0]?.startsWith('-') === false)
      return await runLine([...rest, '--help'], io)
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      io.stdout.write(overview())
      return name === undefined ? EXIT.usage : EXIT.done
    }
    if (name === '--version' || name === '-V' || name === 'version') {
      const { version } = await import('./commands/version.ts')
      return await runCommand('version', version, rest, io)
    }
    if (name === '__complete') {
      const { candidates } = await import('./completion/candidates.ts')
      for (const one of await candidates(rest, io)) say(io.stdout, one)
      return EXIT.done
    }
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (!entry)
      throw new UsageError(
        `There is no command \`${name}\`.${similarCommand(name)}`,
        'Run `alkhub --help` for the list.',
      )
    const command = await entry.load()
    if (isGroup(command)) return await runGroup(name, command, rest, io)
    return await runCommand(name, command, rest, io)
  } catch (error) {
    // `alkhub call STREAM | head`: the reader closes the pipe.
    if (io.signal.reason instanceof ReaderLeftError) return EXIT.done
    // Its caller reports it.
    if (io.signal.reason instanceof OutputFailedError) return EXIT.failed
    if (io.signal.aborted && !(error instanceof OperatorError)) return EXIT.interrupted
    return report(error, { json: flagOf(rest, '--json'), verbose: flagOf(rest, '--verbose') }, io)
  }
}

/** The reader of standard output closed it. */
class ReaderLeftError extends Error {}

/** Standard output can't be written, for instance because its disk is full. */
class OutputFailedError extends OperatorError {
  constructor(cause: NodeJS.ErrnoException) {
    const why = cause.code === 'ENOSPC' ? 'its disk is full' : cause.message
    super(
      `The output is not complete, standard output can't be written: ${why} (${cause.code ?? 'no code'}).`,
      'Free space, or send it to another disk.',
      { cause },
    )
  }
}

/** True when the option is among the arguments before `--`. */
function flagOf(args: readonly string[], flag: string): boolean {
  const end = args.indexOf('--')
  return (end === -1 ? args : args.slice(0, end)).includes(flag)
}

/** Streams, folder, environment and signals of this process. */
function processIo(): Io {
  const controller = new AbortController()
  const onSignal = (signal: NodeJS.Signals): void => controller.abort(new Error(signal))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // `alkhub ops | head`: the reader closes the pipe, which is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    controller.abort(
      error.code === 'EPIPE'
        ? new ReaderLeftError('The reader of the output left.')
        : new OutputFailedError(error),
    )
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
    return sub === undefined ? EXIT.usage : EXIT.done
  }
  const entry = Object.hasOwn(group.subcommands, sub) ? group.subcommands[sub] : undefined
  if (!entry)
    throw new UsageError(
      `There is no command \`${name} ${sub}\`.${suggestion(sub, Object.keys(group.subcommands))}`,
      `Run \`alkhub ${name} --help\` for the list.`,
    )
  return runCommand(`${name} ${sub}`, await entry.load(), args, io)
}

/** Words that other programs have for a command. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  approve: 'approvals answer',
  history: 'calls list',
  models: 'call inference.models',
  ps: 'status',
  start: 'up',
  stop: 'down',
}

/** ` Did you mean ...?` with the command that such a word stands for, else with those of a similar name. */
function similarCommand(name: string): string {
  const same = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined
  return same === undefined
    ? didYouMean(name, Object.keys(commands))
    : ` Did you mean \`alkhub ${same}\`?`
}

/** Words that name the same action in one group or another. */
const SAME_ACTION: readonly (readonly string[])[] = [
  ['delete', 'remove', 'revoke', 'rm', 'deactivate'],
  ['abort', 'cancel', 'stop', 'kill'],
  ['create', 'add', 'new', 'set', 'init'],
  ['get', 'show', 'status', 'info'],
  ['list', 'ls'],
  ['update', 'change', 'edit', 'set'],
]

/** ` Did you mean ...?` with the subcommands of a similar name, else with those of the same action. */
function suggestion(wanted: string, names: readonly string[]): string {
  const similar = didYouMean(wanted, names)
  if (similar !== '') return similar
  const same = SAME_ACTION.filter((words) => words.includes(wanted)).flat()
  const found = names.find((name) => same.includes(name))
  return found === undefined ? '' : ` Did you mean \`${found}\`?`
}

interface ReportOptions {
  readonly json: boolean
  readonly verbose: boolean
}

/** Reports a failure: one JSON object on standard output with `--json`, else text on standard error. Returns the exit code. */
function report(error: unknown, { json, verbose }: ReportOptions, io: Io): number {
  const text = json ? safeJson(failureJson(error)) : `alkhub: ${failureText(error, verbose)}`
  const written = asStarted(text, io)
  say(json ? io.stdout : io.stderr, written)
  if (verbose) say(io.stderr, format(error))
  return exitCodeOf(error)
}

function failureText(error: unknown, verbose: boolean): string {
  if (!(error instanceof OperatorError))
    return `${sentence(firstLine(error))}${verbose ? '' : ' Run again with --verbose for the stack.'}`
  const text = error.sentences
  const callId = error instanceof HubProblemError ? error.shownCallId : undefined
  return callId === undefined ? text : `${text}\n  call ${callId}`
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
  return `alkhub <command> [options]\n\n${sections.join('\n')}\nalkhub <command> --help shows what a command takes.\nalkhub --version shows the version.\n`
}
