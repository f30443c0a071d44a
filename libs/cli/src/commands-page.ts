import { isGroup } from './command.ts'
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

In a clone every command starts as \`./alkhub\`. Each prints a table for people, or JSON with \`--json\`; \`--help\` shows what is written here. A failure is one sentence with its fix on
standard error and exit code 1, \`--verbose\` adds the stack. Secrets are asked for without showing them, or read from a file or standard input; never from an argument.

${sections.join('\n')}`
}

async function commandSection(name: string, command: Command | CommandGroup): Promise<string> {
  if (!isGroup(command)) return `### ${name}\n\n${usageOf(name, command)}`
  const parts = [`### ${name}\n\n${command.summary}\n`]
  for (const [sub, { load }] of Object.entries(command.subcommands))
    parts.push(`#### ${name} ${sub}\n\n${usageOf(`${name} ${sub}`, await load())}`)
  return parts.join('\n')
}

function usageOf(name: string, command: Command): string {
  const head = `\`alkhub ${`${name} ${command.usage}`.trimEnd()}\`\n\n${command.summary.replaceAll('\n', ' ')}\n`
  const rows = Object.entries(command.flags).map(([flag, spec]) => flagRow(flag, spec))
  if (rows.length === 0) return head
  return `${head}\n| option | meaning |\n|---|---|\n${rows.join('\n')}\n`
}

function flagRow(flag: string, spec: FlagSpec): string {
  const short = spec.short === undefined ? '' : `-${spec.short}, `
  const value = spec.type === 'string' ? ` ${spec.value ?? 'TEXT'}` : ''
  return `| \`${short}--${flag}${value}\` | ${spec.summary.replaceAll('|', '\\|')} |`
}
