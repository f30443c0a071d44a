import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sha256Hex } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import { BackupCheck, MAX_BACKUP_FILE_BYTES } from '@alkdev/storage/backup'
import type { BackupFrame, BackupHeader, CheckedBackup } from '@alkdev/storage/backup'

/** The kind of a stack whose files are in a backup. */
export type StackKind = NonNullable<BackupHeader['stack']>

/** A file of a stack in a backup. */
export interface StackFile {
  /** Name in the backup: `config/gateway.json`. */
  readonly name: string
  readonly bytes: Buffer
}

/** The files of a folder that this program could have written: no folders and no hidden ones. */
export async function filesIn(folder: string, prefix: string): Promise<StackFile[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(
    (entry) => entry.isFile() && !entry.name.startsWith('.'),
  )
  const files: StackFile[] = []
  for (const { name } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    files.push(...(await readIfThere(`${prefix}/${name}`, join(folder, name))))
  return files
}

export async function readIfThere(name: string, path: string): Promise<StackFile[]> {
  const size = (await stat(path).catch(() => undefined))?.size
  if (size === undefined) return []
  if (size > MAX_BACKUP_FILE_BYTES)
    throw new OperatorError(
      `${path} has more than 4 MiB.`,
      'Only the config files of the stack belong into this folder: move it away.',
    )
  return [{ name, bytes: await readFile(path) }]
}

/** Writes files below `folder`, each with its mode. */
export async function writeFiles(
  folder: string,
  files: readonly StackFile[],
  mode: number,
): Promise<void> {
  for (const { name, bytes } of files) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(path, bytes, { mode, flag: 'wx' })
    // The mask of the process may have taken rights away.
    await chmod(path, mode)
  }
}

/** The parts of a backup and further files of the stack. `onChecked` gets what it contains, when all was read. */
export async function* withFiles(
  frames: AsyncIterable<BackupFrame>,
  stack: StackKind,
  files: readonly StackFile[],
  onChecked: (backup: CheckedBackup) => void = () => undefined,
): AsyncGenerator<BackupFrame> {
  const check = new BackupCheck()
  for await (const frame of frames) {
    check.see(frame)
    if (frame.kind === 'header') yield { kind: 'header', header: { ...frame.header, stack } }
    else if (frame.kind === 'manifest') {
      for (const { name, bytes } of files) yield { kind: 'file', name, bytes }
      const added = files.map(({ name, bytes }) => ({
        name,
        bytes: bytes.length,
        sha256: sha256Hex(bytes),
      }))
      const manifest = { ...frame.manifest, files: [...frame.manifest.files, ...added] }
      onChecked({ header: { ...check.result.header, stack }, manifest })
      yield { kind: 'manifest', manifest }
    } else yield frame
  }
}

/** The same without its files, for a process that loads the database alone. */
export async function* withoutFiles(
  frames: AsyncIterable<BackupFrame>,
): AsyncGenerator<BackupFrame> {
  for await (const frame of frames)
    if (frame.kind === 'manifest')
      yield { kind: 'manifest', manifest: { ...frame.manifest, files: [] } }
    else if (frame.kind !== 'file') yield frame
}
