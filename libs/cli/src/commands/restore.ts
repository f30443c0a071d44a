import { resolve } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import type { StackFile } from '@alkdev/service/admin'
import { BackupCheck } from '@alkdev/storage/backup'
import type { BackupProgress, CheckedBackup, RestoreOptions } from '@alkdev/storage/backup'
import { readBackupFile } from '../backup/backup-file.ts'
import { restoreCompose } from '../backup/restore-compose.ts'
import { restoreLocal } from '../backup/restore-local.ts'
import { requireOwnNames } from '../backup/stack-files.ts'
import { positional } from '../command.ts'
import type { Command, Io } from '../command.ts'
import { print } from '../hub/print.ts'
import { Progress } from '../progress.ts'
import { stackPaths } from '../stack/paths.ts'
import { sayTable } from './backup.ts'

export const restore: Command = {
  usage: 'FILE [options]',
  summary:
    'Checks a backup, then makes the stack that it was made of: that of `alkhub up`, or the containers of docker-compose.yml. The stack must be stopped.\nNothing is changed when the backup is damaged, cut off, or of a newer version, or when there is data already.',
  flags: {
    check: { type: 'boolean', summary: 'Only check the backup, and show what it contains.' },
    force: {
      type: 'boolean',
      summary:
        'Replace a stack that has data. Its files are moved aside, not deleted; the database of containers is replaced.',
    },
    'postgres-file': {
      type: 'string',
      value: 'FILE',
      summary: 'Restore a stack of `alkhub up` into the PostgreSQL whose URL this file holds.',
    },
  },
  maxPositionals: 1,
  async run(args, io) {
    const file = positional(
      args,
      0,
      'Which backup?',
      'Name the file: `alkhub restore FILE`. `alkhub backup` makes one.',
    )
    const path = resolve(io.cwd, file)
    const json = args.flag('json')
    const progress = new Progress(io, { quiet: json })
    const { backup, files } = await progress.step('Check', () => checked(path, io))
    const summary = summaryOf(backup)
    if (args.flag('check')) {
      print(io, json, { ...summary, restored: false }, () => `${describe(summary)} It is whole.`)
      return 0
    }
    const { stack } = backup.header
    if (stack === undefined)
      throw new OperatorError(
        'The backup has the database alone, and no files of a stack.',
        'Nothing was changed. Use a backup that `alkhub backup` made.',
      )
    const paths = stackPaths()
    const frames = () => readBackupFile(path)
    const force = args.flag('force')
    const result = await progress
      .step('Restore', (say) =>
        stack === 'local'
          ? restoreLocal(paths, {
              files,
              frames,
              postgresFile: args.text('postgres-file'),
              options: { force, signal: io.signal, onProgress: (step) => sayStep(step, say) },
            })
          : restoreCompose({ root: paths.root, files, frames, force, signal: io.signal }),
      )
      .catch((error: unknown) => {
        // What failed because of Ctrl-C is reported as that.
        io.signal.throwIfAborted()
        throw error
      })
    print(io, json, { ...summary, ...result, restored: true }, () =>
      [
        `Restored ${result.rows} rows of ${result.tables} tables, as of ${summary.createdAt}.`,
        ...(result.migrated.length > 0
          ? [`Applied ${result.migrated.join(', ')}: the schema is at level ${result.level}.`]
          : []),
        ...result.movedAside.map((one) => `The former data is in ${one}.`),
        stack === 'local'
          ? 'Start it with `./alkhub up`.'
          : 'Start it with `docker compose up --detach`.',
      ].join('\n'),
    )
    return 0
  },
}

interface Checked {
  readonly backup: CheckedBackup
  readonly files: readonly StackFile[]
}

/** Reads the whole backup once, and its files. */
async function checked(path: string, io: Io): Promise<Checked> {
  const check = new BackupCheck()
  const files: StackFile[] = []
  for await (const frame of readBackupFile(path)) {
    io.signal.throwIfAborted()
    check.see(frame)
    if (frame.kind !== 'file') continue
    files.push({ name: frame.name, bytes: Buffer.from(frame.bytes) })
  }
  const backup = check.result
  if (backup.header.stack !== undefined)
    requireOwnNames(
      backup.header.stack,
      files.map(({ name }) => name),
    )
  return { backup, files }
}

interface Summary {
  readonly createdAt: string
  readonly stack: string | null
  readonly schemaLevel: number
  readonly tables: number
  readonly rows: number
  readonly files: readonly string[]
}

function summaryOf({ header, manifest }: CheckedBackup): Summary {
  return {
    createdAt: header.createdAt,
    stack: header.stack ?? null,
    schemaLevel: header.schemaLevel,
    tables: manifest.tables.length,
    rows: manifest.tables.reduce((sum, table) => sum + table.rows, 0),
    files: manifest.files.map(({ name }) => name),
  }
}

function describe({ createdAt, schemaLevel, tables, rows, files, stack }: Summary): string {
  const of = stack === 'compose' ? 'the containers of docker-compose.yml' : 'a stack of `alkhub up`'
  return `A backup of ${of} as of ${createdAt}: schema level ${schemaLevel}, ${rows} rows of ${tables} tables, ${files.length} files.`
}

type Step = Parameters<NonNullable<RestoreOptions['onProgress']>>[0]

function sayStep(step: Step, say: (detail: string) => void): void {
  if ('table' in step) sayTable(step, say)
  else say(stepText(step))
}

function stepText(step: Exclude<Step, BackupProgress>): string {
  switch (step.step) {
    case 'waiting':
      return 'waiting for a migration'
    case 'verifying':
      return 'comparing counts and hashes'
    case 'applying':
      return `applying ${step.migrations.length} migrations`
    case 'done':
      return 'done'
    default:
      return step satisfies never
  }
}
