import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WorkspacePackage } from './package-files.ts'

/** Files of the command line that write to the terminal by themselves: their own words, what they made safe, or a format for programs. */
const WRITERS = new Set(
  [
    'acp/serve-acp.ts',
    'backup/backup-file.ts',
    'commands/chat.ts',
    'commands/completion.ts',
    'commands/config/encrypt.ts',
    'commands/config/get.ts',
    'commands/mcp.ts',
    'commands/service/install.ts',
    'commands/sessions/export.ts',
    'commands/test.ts',
    'commands/types.ts',
    'commands/up.ts',
    'hub/screen.ts',
    'input/secret-input.ts',
    'logs/print-logs.ts',
    'progress.ts',
    'run-cli.ts',
    'say.ts',
    'sessions/session-printer.ts',
    'sessions/terminal-keys.ts',
  ].map((path) => `libs/cli/src/${path}`),
)

/** Files of the command line that could pass control characters of others on to a terminal, one sentence each. */
export function checkTerminalWriters(
  root: string,
  packages: readonly WorkspacePackage[],
): string[] {
  return packages
    .filter(({ room }) => room === 'cli')
    .flatMap(({ files }) => files.filter((file) => !file.test && !WRITERS.has(file.path)))
    .filter(({ path }) => writesItself(readFileSync(join(root, path), 'utf8')))
    .map(
      ({ path }) =>
        `${path}: writes to the terminal by itself; use say, sayJson or print, which leave control characters out`,
    )
}

/** True for a source that writes to standard output or standard error without `say`. */
export function writesItself(source: string): boolean {
  return /\bstd(?:out|err)\.write\(/.test(source)
}
