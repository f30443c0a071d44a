import { isGroup, shownFlags } from './command.ts'
import type { Command, CommandGroup, FlagSpec } from './command.ts'
import { commands, groups } from './commands/table.ts'

/** `docs/reference/commands.md`, made from the table of commands. */
export async function commandsPage(): Promise<string> {
  const sections: string[] = []
  for (const [group, title] of Object.entries(groups)) {
    sections.push(`## ${title}\n`)
    for (const [name, entry] of Object.entries(commands))
      if (entry.group === group) sections.push(await commandSection(name, await entry.load()))
  }
  return `# Commands

Generated from \`libs/cli\` by \`node libs/cli/src/write-reference.ts\`; a test compares it.

In a clone every command starts as \`./alkhub\`. Each prints a table for people, or JSON with \`--json\`; \`--help\` shows what is written here.
Tables show times in the time zone of the machine, JSON in UTC (ISO 8601). Secrets are asked for without showing them, or read from a file or standard input; never from an argument.

## Failures

A failure is a sentence with its fix on standard error; \`--verbose\` adds the stack. With \`--json\` it is one JSON object on standard output, and nothing else:
\`{"error": {"code", "message", "fix"?, "details"?, "callId"?, "retryAfterMs"?}}\`. \`code\` is one of [errors](errors.md) or declared by the operation, also
when the command itself finds that something is missing (\`SESSION_NOT_FOUND\`); what fails before a hub is asked has \`USAGE\`, \`NO_HUB\` or \`FAILED\`.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | the operation, or the command, failed |
| 2 | the command line is wrong: unknown command or option, missing argument, a value that can't be read, a part of an id that several have |
| 3 | no hub answers |
| 4 | refused: no valid key (\`UNAUTHENTICATED\`), or no right (\`ACCESS_DENIED\`, and \`OPERATION_NOT_FOUND\` for an operation of the hub whose scope the key lacks) |
| 130 | interrupted |

## Which hub

\`--hub\`, \`--context\`, the variable \`ALKHUB_HUB\`, the context in use (\`alkhub context use\`), the stack of this clone: the first of them that is there. The key: \`--key-file\`,
\`ALKHUB_KEY_FILE\`, the key file of the context, that of this clone. The keys of a clone are sent to its own stack only.

## Ids

An argument that is an id takes the whole id, its beginning, or its last four characters or more, where only one fits; that of a call only the
whole id or its beginning. Where several fit, they are shown and nothing is done. With more than 10,000 ids of a kind it has to be the whole one. Sessions also have a slug, and \`last\` is the newest one.

${sections.join('\n')}`
}

async function commandSection(name: string, command: Command | CommandGroup): Promise<string> {
  if (!isGroup(command)) return `### ${name}\n\n${usageOf(name, command)}`
  const parts = [`### ${name}\n\n${command.summary}\n`]
  for (const [sub, { load, hidden }] of Object.entries(command.subcommands))
    if (hidden !== true)
      parts.push(`#### ${name} ${sub}\n\n${usageOf(`${name} ${sub}`, await load())}`)
  return parts.join('\n')
}

function usageOf(name: string, command: Command): string {
  const head = `\`alkhub ${`${name} ${command.usage}`.trimEnd()}\`\n\n${command.summary.replaceAll('\n', ' ')}\n`
  const rows = shownFlags(command.flags).map(([flag, spec]) => flagRow(flag, spec))
  if (rows.length === 0) return head
  return `${head}\n| option | meaning |\n|---|---|\n${rows.join('\n')}\n`
}

function flagRow(flag: string, spec: FlagSpec): string {
  const short = spec.short === undefined ? '' : `-${spec.short}, `
  const value = spec.type === 'string' ? ` ${spec.value ?? 'TEXT'}` : ''
  return `| \`${short}--${flag}${value}\` | ${spec.summary.replaceAll('|', '\\|')} |`
}
