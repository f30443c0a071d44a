import { OperatorError } from '@alkdev/errors'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { Value } from '@alkdev/typebox/value'

/** Format of the files that this version writes and reads. */
export const BACKUP_FORMAT = 1

const QUALIFIED_NAME = '^[a-z_][a-z0-9_]{0,62}\\.[a-z_][a-z0-9_]{0,62}$'
const name = Type.String({ pattern: QUALIFIED_NAME })
const closed = { additionalProperties: false }
const count = Type.Integer({ minimum: 0 })
const hash = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** The first frame of a backup: what follows, and which schema it belongs to. */
export const BackupHeader = Type.Object(
  {
    format: Type.Integer(),
    createdAt: Type.String({ maxLength: 40 }),
    /** Number of migrations that were applied. */
    schemaLevel: Type.Integer({ minimum: 1 }),
    /** SHA-256 of each applied migration, oldest first. */
    migrations: Type.Array(hash, { maxItems: 10_000 }),
    tables: Type.Array(
      Type.Object(
        {
          name,
          columns: Type.Array(Type.String({ pattern: '^[a-z_][a-z0-9_]{0,62}$' }), {
            minItems: 1,
            maxItems: 1600,
          }),
        },
        closed,
      ),
      { maxItems: 1000 },
    ),
    /** Partitions to create before rows are loaded. */
    partitions: Type.Array(
      Type.Object(
        {
          name,
          of: name,
          bound: Type.String({
            pattern: "^(DEFAULT|FOR VALUES FROM \\('[0-9a-f-]{36}'\\) TO \\('[0-9a-f-]{36}'\\))$",
          }),
        },
        closed,
      ),
      { maxItems: 10_000 },
    ),
    sequences: Type.Array(
      Type.Object(
        { name, last: Type.String({ pattern: '^-?[0-9]{1,19}$' }), called: Type.Boolean() },
        closed,
      ),
      { maxItems: 1000 },
    ),
    /** The kind of stack whose files are in the backup; absent when it has the database alone. */
    stack: Type.Optional(Type.Union([Type.Literal('local'), Type.Literal('compose')])),
  },
  closed,
)
export type BackupHeader = Static<typeof BackupHeader>

/** The last frame but the hash: what the backup contains. */
export const BackupManifest = Type.Object(
  {
    tables: Type.Array(
      Type.Object(
        {
          name,
          rows: count,
          /** Size of the rows as COPY writes them. */
          bytes: count,
          /** SHA-256 of these bytes. */
          sha256: hash,
          /** Sum of the hashes of all rows, as PostgreSQL computes it: independent of their order. */
          digest: Type.String({ pattern: '^[0-9]{1,40}$' }),
        },
        closed,
      ),
    ),
    files: Type.Array(
      Type.Object({ name: Type.String({ maxLength: 200 }), bytes: count, sha256: hash }, closed),
    ),
  },
  closed,
)
export type BackupManifest = Static<typeof BackupManifest>
export type BackupTable = BackupManifest['tables'][number]

/** The schema of the rows of a backup and a migration of it do not fit this version, or the file is no whole backup. */
export function damaged(what: string, options?: { readonly cause?: unknown }): OperatorError {
  return new OperatorError(
    `The backup ${what}.`,
    'Nothing was changed. Use another backup, or copy this one again from where it was made.',
    options,
  )
}

/** Throws OperatorError unless this version reads the format and the value has the members of a header. */
export function headerOf(value: unknown): BackupHeader {
  const format = (value as { format?: unknown } | null)?.format
  if (typeof format === 'number' && format > BACKUP_FORMAT)
    throw new OperatorError(
      `The backup has format ${format}, and this version reads format ${BACKUP_FORMAT}.`,
      'Restore it with the version of the hub that made it, or a newer one.',
    )
  if (!Value.Check(BackupHeader, value)) throw damaged('has an invalid header')
  return value
}

/** Throws OperatorError unless the value has the members of a manifest. */
export function manifestOf(value: unknown): BackupManifest {
  if (!Value.Check(BackupManifest, value)) throw damaged('has an invalid manifest')
  return value
}
