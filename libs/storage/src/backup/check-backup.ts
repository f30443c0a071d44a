import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { OperatorError } from '@alkdev/errors'
import { SCHEMA_LEVEL } from '../migrations/schema-level.ts'
import { damaged } from './backup-manifest.ts'
import type { BackupFrame } from './backup-frames.ts'
import type { BackupHeader, BackupManifest } from './backup-manifest.ts'

/** What a backup contains. */
export interface CheckedBackup {
  readonly header: BackupHeader
  readonly manifest: BackupManifest
}

interface Counted {
  readonly name: string
  readonly hash: Hash
  rows: number
  bytes: number
}

const NEW_LINE = 0x0a
/** Files of one backup: a stack has about 20. */
const MAX_FILES = 200

/** Compares the parts of a backup with its header and its manifest while they pass by. */
export class BackupCheck {
  #header: BackupHeader | undefined
  #manifest: BackupManifest | undefined
  readonly #tables: Counted[] = []
  readonly #files: BackupManifest['files'] = []

  /** Throws OperatorError when the part is at the wrong place or differs from the manifest, or when the schema is newer than this version. */
  see(frame: BackupFrame): void {
    if (this.#manifest !== undefined) throw damaged('has a part after its manifest')
    if (frame.kind === 'header') {
      if (this.#header !== undefined) throw damaged('has two headers')
      this.#header = frame.header
      requireKnownLevel(frame.header)
      return
    }
    if (this.#header === undefined) throw damaged('has no header')
    if (frame.kind === 'table') this.#begin(this.#header, frame.name)
    else if (frame.kind === 'rows') this.#count(frame.bytes)
    else if (frame.kind === 'file') this.#add(frame.name, frame.bytes)
    else this.#compare(this.#header, frame.manifest)
  }

  /** Header and manifest. Throws OperatorError when the backup has none. */
  get result(): CheckedBackup {
    if (this.#header === undefined || this.#manifest === undefined) throw damaged('has no manifest')
    return { header: this.#header, manifest: this.#manifest }
  }

  #begin({ tables }: BackupHeader, name: string): void {
    if (tables[this.#tables.length]?.name !== name)
      throw damaged(`has the rows of ${JSON.stringify(name)} at the wrong place`)
    this.#tables.push({ name, hash: createHash('sha256'), rows: 0, bytes: 0 })
  }

  #count(bytes: Buffer): void {
    const table = this.#tables.at(-1)
    if (table === undefined) throw damaged('has rows without a table')
    table.hash.update(bytes)
    table.bytes += bytes.length
    for (let at = bytes.indexOf(NEW_LINE); at !== -1; at = bytes.indexOf(NEW_LINE, at + 1))
      table.rows += 1
  }

  #add(name: string, bytes: Buffer): void {
    if (this.#files.length === MAX_FILES) throw damaged('has too many files')
    if (this.#files.some((one) => one.name === name))
      throw damaged(`has two files of the name ${JSON.stringify(name)}`)
    this.#files.push({
      name,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
  }

  #compare(header: BackupHeader, manifest: BackupManifest): void {
    if (this.#tables.length !== header.tables.length) throw damaged('lacks the rows of a table')
    const seen = this.#tables.map(({ name, rows, bytes, hash }, at) => ({
      name,
      rows,
      bytes,
      sha256: hash.digest('hex'),
      // PostgreSQL compares it after the load.
      digest: manifest.tables[at]?.digest,
    }))
    if (JSON.stringify(seen) !== JSON.stringify(manifest.tables.map(inOrder)))
      throw damaged('is damaged: rows differ from its manifest')
    if (JSON.stringify(this.#files) !== JSON.stringify(manifest.files))
      throw damaged('is damaged: files differ from its manifest')
    this.#manifest = manifest
  }
}

function inOrder(table: BackupManifest['tables'][number]): BackupManifest['tables'][number] {
  const { name, rows, bytes, sha256, digest } = table
  return { name, rows, bytes, sha256, digest }
}

function requireKnownLevel({ schemaLevel, migrations }: BackupHeader): void {
  if (migrations.length !== schemaLevel) throw damaged('has an invalid header')
  if (schemaLevel <= SCHEMA_LEVEL) return
  throw new OperatorError(
    `The backup has schema level ${schemaLevel}, and this version knows level ${SCHEMA_LEVEL}.`,
    'Nothing was changed. Restore it with the version of the hub that made it, or a newer one.',
  )
}
