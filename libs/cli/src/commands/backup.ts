import { join, resolve } from 'node:path'
import { filesIn, readIfThere, withFiles } from '@alkdev/service/admin'
import { backupDatabase, readFrames, writeFrames } from '@alkdev/storage/backup'
import type { BackupFrame, BackupProgress, CheckedBackup } from '@alkdev/storage/backup'
import { must } from '@alkdev/std'
import { requireNewFile, writeBackupFile, writeToStdout } from '../backup/backup-file.ts'
import { findCompose, inContainer, requireContainers, secretsFolder } from '../backup/compose.ts'
import { withLocalDatabase } from '../backup/local-postgres.ts'
import { localFiles } from '../backup/stack-files.ts'
import type { Command, Io, Parsed } from '../command.ts'
import { UsageError } from '../failure.ts'
import { print } from '../hub/print.ts'
import { Progress } from '../progress.ts'
import { stackPaths } from '../stack/paths.ts'

const MANY_ROWS = 10_000
const BACKUP_MAIN = 'programs/backup.js'

export const backup: Command = {
  usage: '[FILE] [options]',
  summary:
    'Writes the database of one moment and the config files with their master key to one file, while the stack runs or is stopped.\nThe file has mode 0600 and is not encrypted: any user that can read it has every secret of the hub. `-` writes it to standard output, for a program that encrypts it.',
  flags: {
    compose: {
      type: 'boolean',
      summary: 'Back up the containers of docker-compose.yml instead of the stack of `alkhub up`.',
    },
  },
  maxPositionals: 1,
  async run(args, io) {
    const file = args.positionals[0] ?? defaultName(new Date())
    const path = file === '-' ? undefined : resolve(io.cwd, file)
    if (path === undefined && io.stdout.isTTY)
      throw new UsageError('A backup is not text for a terminal.', 'Name a file, or use a pipe.')
    if (path === undefined && args.flag('json'))
      throw new UsageError('Standard output takes the backup or --json.', 'Name a file.')
    if (path !== undefined) await requireNewFile(path)
    const progress = new Progress(io, { quiet: args.flag('json') })
    let checked: CheckedBackup | undefined
    const bytes = await progress.step('Backup', (say) =>
      source(args, io, say, (frames, stack, files) => {
        const chunks = writeFrames(withFiles(frames, stack, files, (all) => (checked = all)))
        return path === undefined
          ? writeToStdout(io, chunks)
          : writeBackupFile(path, chunks, io.signal)
      }).catch((error: unknown) => {
        // What failed because of Ctrl-C is reported as that.
        io.signal.throwIfAborted()
        throw error
      }),
    )
    if (path === undefined) return 0
    const { header, manifest } = must(checked, 'the content of the backup')
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
    const result = {
      file: path,
      bytes,
      createdAt: header.createdAt,
      stack: header.stack,
      schemaLevel: header.schemaLevel,
      tables: manifest.tables.length,
      rows,
      files: manifest.files.length,
    }
    print(
      io,
      args.flag('json'),
      result,
      () =>
        `Wrote ${path}: ${rows} rows of ${result.tables} tables and ${result.files} files, ${bytes} bytes.\nIt contains the master key and every secret: keep it where only operators can read it.`,
    )
    return 0
  },
}

type Write = (
  frames: AsyncIterable<BackupFrame>,
  stack: 'local' | 'compose',
  files: Awaited<ReturnType<typeof localFiles>>,
) => Promise<number>

/** Reads the database and the files of the stack that the flags name, and gives them to `write`. */
async function source(
  args: Parsed,
  io: Io,
  say: (detail: string) => void,
  write: Write,
): Promise<number> {
  const paths = stackPaths()
  if (!args.flag('compose'))
    return withLocalDatabase(paths, io.signal, async (url) =>
      backupDatabase(url, async (frames) => write(frames, 'local', await localFiles(paths)), {
        signal: io.signal,
        onProgress: (step) => {
          if ('table' in step) sayTable(step, say)
          else say('waiting for a migration')
        },
      }),
    )
  const compose = await findCompose(paths.root)
  await requireContainers(compose)
  const folder = await secretsFolder(paths.root)
  const secrets = folder === undefined ? [] : await filesIn(folder, 'secrets')
  const env = await readIfThere('.env', join(paths.root, '.env'))
  // Secrets in a volume are added by the program in the container.
  const program = [BACKUP_MAIN, ...(folder === undefined ? ['--files'] : [])]
  return inContainer(
    compose,
    { flags: ['--no-deps'], service: 'migrate', program, signal: io.signal },
    (output) => write(readFrames(output), 'compose', [...secrets, ...env]),
  )
}

/** `table 30 of 68, public.accounts: 12 rows`, of each tenth table and of large ones. */
export function sayTable(
  { table, at, of, rows }: BackupProgress,
  say: (detail: string) => void,
): void {
  if (at % 10 !== 0 && at !== of && rows < MANY_ROWS) return
  say(`table ${at} of ${of}, ${table}${rows > 0 ? `: ${rows} rows` : ''}`)
}

function defaultName(now: Date): string {
  const digits = now.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return `alkhub-${digits}.backup`
}
