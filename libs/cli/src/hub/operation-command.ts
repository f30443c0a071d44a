import { compact } from '@alkdev/std'
import type { Command, FlagSpec, Io, Parsed } from '../command.ts'
import { positional } from '../command.ts'
import { HubProblemError, withFix } from '../failure.ts'
import { asStarted, startedAs } from '../started-as.ts'
import { HubClient } from './hub-client.ts'
import { hubFlags } from './hub-target.ts'
import { namesOf } from './names.ts'
import type { NamedKind, NameOf } from './names.ts'
import { listAll, moreLine, pageFlags } from './pages.ts'
import { columns, print, table } from './print.ts'

type Input = Record<string, unknown>

/** Converts the text of an argument into an id. `input`: the members that the arguments before it gave. */
export type ResolveId = (hub: HubClient, text: string, input?: Readonly<Input>) => Promise<string>

/** An argument that becomes a member of the operation's input. */
export interface InputPositional {
  readonly member: string
  /** The question and the fix of the error when it is missing. */
  readonly question: string
  readonly fix: string
  /** Converts a name into an id. Default: unchanged. */
  readonly resolve?: ResolveId
}

/** A flag that becomes a member of the operation's input. */
export interface InputFlag extends FlagSpec {
  readonly member: string
  /** Reads the text; throws OperatorError for an invalid one. Default: unchanged. */
  readonly read?: (text: string) => unknown
  readonly resolve?: InputPositional['resolve']
}

interface CommandOptions {
  readonly operationId: string
  readonly usage: string
  readonly summary: string
  readonly positionals?: readonly InputPositional[]
  readonly inputs?: Readonly<Record<string, InputFlag>>
  /** Constant members of the input. */
  readonly fixed?: Readonly<Input>
  /** Members that are read in another way, before the operation is called. */
  readonly more?: (args: Parsed, io: Io) => Promise<Input>
  /** Flags that `more` reads. */
  readonly moreFlags?: Readonly<Record<string, FlagSpec>>
}

/** The input of the operation, from the arguments. Throws UsageError for what is missing, OperatorError for a name that is not found. */
export async function inputOf(
  options: CommandOptions,
  hub: HubClient,
  args: Parsed,
  io: Io,
): Promise<Input> {
  // All missing and invalid arguments are reported before a name is looked up.
  const positionals = (options.positionals ?? []).map((one, at) => ({
    ...one,
    text: positional(args, at, one.question, one.fix),
  }))
  const flags = Object.entries(options.inputs ?? {}).flatMap(
    ([name, { member, resolve, ...flag }]) => {
      const value = valueOf(name, flag, args)
      return value === undefined ? [] : [{ member, resolve, value }]
    },
  )
  const more = await options.more?.(args, io)
  const input: Input = { ...options.fixed }
  for (const { member, resolve, text } of positionals)
    // oxlint-disable-next-line no-await-in-loop -- one error, for the first name that is not found
    input[member] = (await resolve?.(hub, text, input)) ?? text
  for (const { member, resolve, value } of flags)
    // oxlint-disable-next-line no-await-in-loop
    input[member] =
      typeof value === 'string' ? ((await resolve?.(hub, value, input)) ?? value) : value
  return { ...input, ...more }
}

/** An argument that does not fit is answered with where its values are shown, and not with the schema of the operation. */
function withPositionalFix(
  { operationId, positionals = [] }: CommandOptions,
  error: unknown,
): unknown {
  if (!(error instanceof HubProblemError) || error.code !== 'VALIDATION_ERROR') return error
  const { errors } = (error.details ?? {}) as { errors?: readonly { readonly path: string }[] }
  const wrong = positionals.find(
    ({ member }) =>
      errors !== undefined &&
      errors.length > 0 &&
      errors.every(({ path }) => path === `/${member}`),
  )
  return wrong === undefined ? error : withFix(error, operationId, wrong.fix)
}

/** The value of a flag, read from its text; undefined when it is not given. */
function valueOf(
  name: string,
  { type, multiple, read }: Pick<InputFlag, 'type' | 'multiple' | 'read'>,
  args: Parsed,
): unknown {
  if (type === 'boolean') return args.flag(name) || undefined
  if (multiple === true) return args.texts(name).length > 0 ? args.texts(name) : undefined
  const text = args.text(name)
  return text === undefined ? undefined : (read?.(text) ?? text)
}

/** The flags of the command. */
export function flagsOf({
  inputs = {},
  moreFlags = {},
}: Pick<CommandOptions, 'inputs' | 'moreFlags'>): Record<string, FlagSpec> {
  const named = Object.entries(inputs).map(([name, flag]): [string, FlagSpec] => {
    const { type, multiple, value, summary, hidden } = flag
    return [
      name,
      {
        type,
        summary,
        ...compact({ multiple, value, hidden }),
      },
    ]
  })
  return { ...hubFlags, ...Object.fromEntries(named), ...moreFlags }
}

/** Names for a table or a sentence; under --json the ids are kept and no names are requested. */
async function namesFor<T>(
  kinds: Kinds<T> | undefined,
  shown: T,
  hub: HubClient,
  args: Parsed,
): Promise<NameOf> {
  if (kinds === undefined || args.flag('json')) return (id) => id
  return namesOf(hub, typeof kinds === 'function' ? kinds(shown) : kinds)
}

type Kinds<T> = readonly NamedKind[] | ((shown: T) => readonly NamedKind[])

interface OperationCommandOptions<T> extends CommandOptions {
  /** `alkhub`: how a command begins that the text recommends. */
  readonly say: (result: T, nameOf: NameOf, alkhub: string) => string
  /** The kinds of things whose names `say` takes from `nameOf`. */
  readonly names?: Kinds<T>
}

/** A command that calls one operation and prints the result as a sentence, or as `say` formats it; the whole answer under `--json`. */
export function operationCommand<T>(options: OperationCommandOptions<T>): Command {
  return {
    usage: options.usage,
    summary: options.summary,
    flags: flagsOf(options),
    maxPositionals: options.positionals?.length ?? 0,
    async run(args, io) {
      const hub = await HubClient.from(args, io)
      const input = await inputOf(options, hub, args, io)
      const result = await hub.call<T>(options.operationId, input).catch((error: unknown) => {
        throw withPositionalFix(options, error)
      })
      const nameOf = await namesFor(options.names, result, hub, args)
      print(io, args.flag('json'), result, () => options.say(result, nameOf, startedAs(io)))
      return 0
    },
  }
}

interface ListCommandOptions<T> extends CommandOptions {
  readonly headings: readonly string[]
  readonly row: (
    item: T,
    nameOf: NameOf,
    facts: ReadonlyMap<string, string>,
  ) => readonly (string | number | undefined)[]
  /** Reads what else `row` shows of the items, by their ids; not called under --json. */
  readonly moreFacts?: (hub: HubClient, items: readonly T[]) => Promise<ReadonlyMap<string, string>>
  /** The kinds of things whose names `row` takes from `nameOf`. */
  readonly names?: Kinds<readonly T[]>
  /** Printed when there are no items. */
  readonly none: string
}

/** A command that shows the items of a list operation as a table. */
export function listCommand<T>(options: ListCommandOptions<T>): Command {
  return {
    usage: options.usage,
    summary: options.summary,
    flags: { ...flagsOf(options), ...pageFlags },
    maxPositionals: options.positionals?.length ?? 0,
    async run(args, io) {
      const hub = await HubClient.from(args, io)
      const input = await inputOf(options, hub, args, io)
      const found = await listAll<T>(hub, options.operationId, input, args)
      const json = args.flag('json')
      const nameOf = await namesFor(options.names, found.items, hub, args)
      const more = (json ? undefined : await options.moreFacts?.(hub, found.items)) ?? new Map()
      print(io, json, found, () => {
        if (found.items.length === 0)
          return isFiltered(options, args)
            ? 'Nothing matches the options.'
            : asStarted(options.none, io)
        const rows = found.items.map((item) => options.row(item, nameOf, more))
        return table(options.headings, rows, columns(io)) + moreLine(found, args)
      })
      return 0
    },
  }
}

/** True when an option narrows the list; options without a value widen it. */
function isFiltered({ inputs = {} }: CommandOptions, args: Parsed): boolean {
  return Object.entries(inputs).some(
    ([name, { type, multiple }]) =>
      type !== 'boolean' && multiple !== true && args.text(name) !== undefined,
  )
}

/** The properties of one item, one per line; absent ones are omitted. */
export function facts(
  pairs: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const known = Object.entries(pairs).filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(...known.map(([name]) => name.length))
  return known
    .map(([name, value]) => `${name.padEnd(width)}  ${String(value).replaceAll(/\p{Cc}/gu, ' ')}`)
    .join('\n')
}
