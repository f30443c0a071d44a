import { parseArgs } from 'node:util'
import { UsageError } from './failure.ts'
import { compact, didYouMean } from '@alkdev/std'
import { wrap } from './wrap.ts'

/** One flag of a command, from which parsing and help are derived. */
export interface FlagSpec {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly multiple?: boolean
  /** Name of the value in the help: `FILE`, `N`. */
  readonly value?: string
  readonly summary: string
  /** Omitted from help, completion and reference: another name of a flag. */
  readonly hidden?: boolean
}

/** The parts of its process that a command may use. */
export interface Io {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal
}

export interface Parsed {
  readonly positionals: readonly string[]
  flag(name: string): boolean
  text(name: string): string | undefined
  texts(name: string): readonly string[]
  /** A whole number, or a UsageError that names the flag. */
  number(name: string): number | undefined
}

export interface Command {
  /** The text after the command's name in the help: `[query]`. */
  readonly usage: string
  readonly summary: string
  readonly flags: Readonly<Record<string, FlagSpec>>
  /** Maximum number of positionals; default 0. */
  readonly maxPositionals?: number
  /** Resolves with the exit code. Throws OperatorError for what the operator can correct. */
  run(args: Parsed, io: Io): Promise<number>
}

/** One line of an overview, and the loader of the command, which is loaded only when it is used. */
export interface SubcommandEntry {
  readonly summary: string
  readonly load: () => Promise<Command>
  /** Omitted from help, completion and reference: an alias of a command. */
  readonly hidden?: boolean
}

/** A command with sub-commands: `keys create`. */
export interface CommandGroup {
  readonly summary: string
  readonly subcommands: Readonly<Record<string, SubcommandEntry>>
}

export function isGroup(command: Command | CommandGroup): command is CommandGroup {
  return 'subcommands' in command
}

/** Flags that every command has. */
export const commonFlags = {
  json: { type: 'boolean', summary: 'Print JSON for programs instead of text for people.' },
  verbose: { type: 'boolean', summary: 'Add the stack to an error.' },
  help: { type: 'boolean', short: 'h', summary: 'Show this help.' },
} as const satisfies Record<string, FlagSpec>

/** Reads the arguments of a command. Throws a UsageError that names an invalid one. */
export function parseCommand(name: string, command: Command, args: readonly string[]): Parsed {
  const options = Object.fromEntries(
    Object.entries({ ...commonFlags, ...command.flags }).map(([flag, spec]: [string, FlagSpec]) => [
      flag,
      {
        type: spec.type,
        multiple: spec.multiple ?? false,
        ...compact({ short: spec.short }),
      },
    ]),
  )
  const help = `Run \`alkhub ${name} --help\` for its usage.`
  let values: Record<string, unknown>
  let positionals: string[]
  try {
    ;({ values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true }))
  } catch (cause) {
    throw new UsageError(wrongArgument(cause as Error, Object.keys(options)), help, { cause })
  }
  if (positionals.length > (command.maxPositionals ?? 0))
    throw new UsageError(`\`${positionals.at(-1)}\` is one argument too many.`, help)
  return {
    positionals,
    flag: (flag) => values[flag] === true,
    text: (flag) => values[flag] as string | undefined,
    texts: (flag) => (values[flag] as string[] | undefined) ?? [],
    number: (flag) => {
      const text = values[flag] as string | undefined
      if (text === undefined) return undefined
      const number = Number(text)
      if (text.trim() === '' || !Number.isSafeInteger(number) || number < 0)
        throw new UsageError(`--${flag} takes a whole number, not \`${text}\`.`, help)
      return number
    },
  }
}

function wrongArgument(cause: Error, flags: readonly string[]): string {
  const [, dashed] = /^Option '(--?[^']+)' argument is ambiguous/.exec(cause.message) ?? []
  if (dashed !== undefined)
    return `${dashed} needs a value. Write one that begins with a dash as ${dashed.startsWith('--') ? `${dashed}=` : dashed}-VALUE.`
  const first = cause.message.split('. ')[0] ?? 'These arguments are wrong'
  const [, unknown] = /^Unknown option '--([^']+)'/.exec(first) ?? []
  const near = unknown === undefined ? '' : didYouMean(unknown, flags).replaceAll(' `', ' `--')
  return `${first}.${near}`
}

/** The positional at `index`; without it a UsageError that asks `question` and says how to find the answer. */
export function positional(args: Parsed, index: number, question: string, fix: string): string {
  const text = args.positionals[index]
  if (text === undefined || text === '') throw new UsageError(question, fix)
  return text
}

/** Columns of help texts. */
const HELP_COLUMNS = 80

/** The help text of a command with sub-commands. */
export function groupHelp(name: string, group: CommandGroup): string {
  const shown = Object.entries(group.subcommands).filter(([, entry]) => entry.hidden !== true)
  const width = Math.max(...shown.map(([one]) => one.length)) + 2
  const lines = shown.map(([one, entry]) => `  ${one.padEnd(width)}${entry.summary}`)
  return `alkhub ${name} <command> [options]\n\n${wrap(group.summary, HELP_COLUMNS)}\n\n${lines.join('\n')}\n\nalkhub ${name} <command> --help shows what a command takes.\n`
}

/** The flags that help, completion and reference show. */
export function shownFlags(flags: Command['flags']): readonly (readonly [string, FlagSpec])[] {
  return Object.entries(flags).filter(([, spec]) => spec.hidden !== true)
}

/** The help text of one command. */
export function helpOf(name: string, command: Command): string {
  const rows = shownFlags({ ...command.flags, ...commonFlags }).map(([flag, spec]) => {
    const short = spec.short === undefined ? '' : `-${spec.short}, `
    const value = spec.type === 'string' ? ` ${spec.value ?? 'TEXT'}` : ''
    return [`  ${short}--${flag}${value}`, spec.summary] as const
  })
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  const lines = rows.map(([left, right]) => wrap(left.padEnd(width) + right, HELP_COLUMNS, width))
  return (
    `alkhub ${name} ${command.usage}`.trimEnd() +
    `\n\n${wrap(command.summary, HELP_COLUMNS)}\n\n${lines.join('\n')}\n`
  )
}
