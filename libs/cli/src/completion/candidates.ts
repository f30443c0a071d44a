import { commonFlags, isGroup, shownFlags } from '../command.ts'
import type { Command, Io } from '../command.ts'
import { commands } from '../commands/table.ts'
import { findOperations } from '../hub/find-operations.ts'
import { HubClient } from '../hub/hub-client.ts'

/** Commands whose first argument is the name of an operation. */
const TAKES_OPERATION: ReadonlySet<string> = new Set(['call', 'schema', 'ops'])
const MAX_OPERATIONS = 2000
/** Milliseconds that a hub has to list its operations; after that completion omits them. */
const HUB_MS = 1500

/** Completions of the final word, all beginning with it. `words` are those after `alkhub`. Never rejects. */
export async function candidates(words: readonly string[], io: Io): Promise<readonly string[]> {
  const last = words.at(-1) ?? ''
  const found = await possible(words.slice(0, -1), last, io).catch(() => [])
  return found.filter((one) => one.startsWith(last))
}

async function possible(
  before: readonly string[],
  last: string,
  io: Io,
): Promise<readonly string[]> {
  const [name, sub] = before
  if (name === undefined) return [...Object.keys(commands), '--help', '--version']
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!entry) return []
  const command = await entry.load()
  if (isGroup(command)) {
    const subs = command.subcommands
    if (sub === undefined) return [...Object.keys(subs), '--help']
    const chosen = Object.hasOwn(subs, sub) ? await subs[sub]?.load() : undefined
    return chosen && last.startsWith('-') ? flagsOf(chosen) : []
  }
  if (last.startsWith('-')) return flagsOf(command)
  if (name === 'completion') return ['bash', 'zsh', 'fish']
  return TAKES_OPERATION.has(name) && before.length === 1 ? operationNames(io) : []
}

function flagsOf(command: Command): readonly string[] {
  return shownFlags({ ...command.flags, ...commonFlags }).map(([flag]) => `--${flag}`)
}

async function operationNames(io: Io): Promise<readonly string[]> {
  const args = { positionals: [], flag: () => false, text: noText, texts: () => [], number: noText }
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(HUB_MS)])
  const hub = await HubClient.from(args, { env: io.env, signal })
  const { items } = await findOperations(hub, {}, MAX_OPERATIONS)
  return items.map((one) => one.operationId)
}

function noText(): undefined {}
