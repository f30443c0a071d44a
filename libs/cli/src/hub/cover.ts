import type { Command, FlagSpec, Io, Parsed } from '../command.ts'
import { positional } from '../command.ts'
import { HubClient } from './hub-client.ts'
import { accountAddresses } from './resolve.ts'
import { hubFlags } from './hub-target.ts'
import { limitFlag, listAll, moreLine } from './pages.ts'
import { columns, print, table } from './print.ts'

type Input = Record<string, unknown>

/** An argument that becomes a member of the operation's input. */
export interface InputPositional {
  readonly member: string
  /** Asked when it is missing, and what to do then. */
  readonly question: string
  readonly fix: string
  /** Makes an id of what people say. Default: as it is. */
  readonly resolve?: (hub: HubClient, text: string) => Promise<string>
}

/** A flag that becomes a member of the operation's input. */
export interface InputFlag extends FlagSpec {
  readonly member: string
  /** Reads the text; throws OperatorError for a wrong one. Default: as it is. */
  readonly read?: (text: string) => unknown
  readonly resolve?: InputPositional['resolve']
}

interface CoverSketch {
  readonly operationId: string
  readonly usage: string
  readonly summary: string
  readonly positionals?: readonly InputPositional[]
  readonly inputs?: Readonly<Record<string, InputFlag>>
  /** Members of the input that are always the same. */
  readonly fixed?: Readonly<Input>
  /** Members that are read some other way, before the operation is called. */
  readonly more?: (args: Parsed, io: Io) => Promise<Input>
  /** Flags that `more` reads. */
  readonly moreFlags?: Readonly<Record<string, FlagSpec>>
}

/** The input of the operation, from the arguments. Throws UsageError for what is missing, OperatorError for a name that is not found. */
export async function inputOf(
  sketch: CoverSketch,
  hub: HubClient,
  args: Parsed,
  io: Io,
): Promise<Input> {
  const input: Input = { ...sketch.fixed }
  // All that is missing is asked for before a name is looked up.
  const texts = (sketch.positionals ?? []).map(({ question, fix }, at) =>
    positional(args, at, question, fix),
  )
  for (const [at, { member, resolve }] of (sketch.positionals ?? []).entries()) {
    const text = texts[at] ?? ''
    input[member] = (await resolve?.(hub, text)) ?? text
  }
  for (const [name, { type, multiple, member, read, resolve }] of Object.entries(
    sketch.inputs ?? {},
  )) {
    if (type === 'boolean') {
      if (args.flag(name)) input[member] = true
      continue
    }
    if (multiple === true) {
      if (args.texts(name).length > 0) input[member] = args.texts(name)
      continue
    }
    const text = args.text(name)
    if (text !== undefined) input[member] = (await resolve?.(hub, text)) ?? read?.(text) ?? text
  }
  return { ...input, ...(await sketch.more?.(args, io)) }
}

/** The flags of the command. */
export function flagsOf({ inputs = {}, moreFlags = {} }: CoverSketch): Record<string, FlagSpec> {
  const named = Object.entries(inputs).map(([name, flag]): [string, FlagSpec] => {
    const { type, multiple, value, summary } = flag
    return [
      name,
      {
        type,
        summary,
        ...(multiple !== undefined && { multiple }),
        ...(value !== undefined && { value }),
      },
    ]
  })
  return { ...hubFlags, ...Object.fromEntries(named), ...moreFlags }
}

/** The e-mail address of an account, or its id where the address is not known. */
export type AccountOf = (accountId: string) => string

/** Looks the addresses up for a table or a sentence; ids stay ids for callers that may not list accounts. */
async function accountNames(
  { namesAccounts }: { readonly namesAccounts?: boolean },
  hub: HubClient,
  args: Parsed,
): Promise<AccountOf> {
  if (namesAccounts !== true || args.flag('json')) return (accountId) => accountId
  const addresses = await accountAddresses(hub)
  return (accountId) => addresses.get(accountId) ?? accountId
}

interface ActSketch<T> extends CoverSketch {
  /** `accountOf` gives the address of an account for its id. */
  readonly say: (result: T, accountOf: AccountOf) => string
  /** `say` shows accounts: their addresses are fetched. */
  readonly namesAccounts?: boolean
}

/** A command that calls one operation and says in a sentence, or as `say` lays out, what came of it; the whole answer under `--json`. */
export function actCover<T>(sketch: ActSketch<T>): Command {
  return {
    usage: sketch.usage,
    summary: sketch.summary,
    flags: flagsOf(sketch),
    most: sketch.positionals?.length ?? 0,
    async run(args, io) {
      const hub = await HubClient.from(args, io)
      const input = await inputOf(sketch, hub, args, io)
      const result = await hub.call<T>(sketch.operationId, input)
      const accountOf = await accountNames(sketch, hub, args)
      print(io, args.flag('json'), result, () => sketch.say(result, accountOf))
      return 0
    },
  }
}

interface ListSketch<T> extends CoverSketch {
  readonly headings: readonly string[]
  readonly row: (item: T, accountOf: AccountOf) => readonly (string | number | undefined)[]
  /** `row` shows accounts: their addresses are fetched. */
  readonly namesAccounts?: boolean
  /** Said when there are none. */
  readonly none: string
}

/** A command that shows the items of a list operation as a table. */
export function listCover<T>(sketch: ListSketch<T>): Command {
  return {
    usage: sketch.usage,
    summary: sketch.summary,
    flags: { ...flagsOf(sketch), ...limitFlag },
    most: sketch.positionals?.length ?? 0,
    async run(args, io) {
      const hub = await HubClient.from(args, io)
      const input = await inputOf(sketch, hub, args, io)
      const found = await listAll<T>(hub, sketch.operationId, input, args)
      const accountOf = await accountNames(sketch, hub, args)
      print(io, args.flag('json'), found, () => {
        if (found.items.length === 0) return sketch.none
        const rows = found.items.map((item) => sketch.row(item, accountOf))
        return table(sketch.headings, rows, columns(io)) + moreLine(found)
      })
      return 0
    },
  }
}

/** Facts of one thing, one a line; those that are absent are left out. */
export function facts(
  pairs: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const known = Object.entries(pairs).filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(...known.map(([name]) => name.length))
  return known
    .map(([name, value]) => `${name.padEnd(width)}  ${String(value).replaceAll(/\p{Cc}/gu, ' ')}`)
    .join('\n')
}
