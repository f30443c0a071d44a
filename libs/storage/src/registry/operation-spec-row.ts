import type { OperationSpec } from '@alkdev/operations'
import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { uuidv7 } from '@alkdev/std'
import type { Db } from '../database/types.ts'
import type { operations } from '../schema/spokes/operations.ts'

/** A definition to store: its name and, for a service operation, its service. */
export interface OperationDefinition {
  /** Of the hub, after remapping. */
  readonly namespace: string
  readonly name: string
  readonly spec: OperationSpec
  readonly service?: string
}

const recordset = sql.raw(`jsonb_to_recordset(`)
const shape =
  sql.raw(`::jsonb) as d (id text, namespace text, name text, version text, type operation_type, title text,
  description text, tags text[], input_schema jsonb, output_schema jsonb, error_schemas jsonb, access_control jsonb,
  retry retry_class, resumable boolean, pool boolean, record record_mode, hints jsonb, _meta jsonb, service text)`)

const contents = [
  'version',
  'type',
  'title',
  'description',
  'tags',
  'input_schema',
  'output_schema',
  'error_schemas',
  'access_control',
  'retry',
  'resumable',
  'pool',
  'record',
  'hints',
  '_meta',
  'service',
]
const list = (prefix: string): SQL =>
  sql.raw(contents.map((column) => `${prefix}${column}`).join(', '))
const assignments = sql.raw(contents.map((column) => `${column} = excluded.${column}`).join(', '))

/**
 * Stores definitions in one statement; returns how many were new or differed from the stored ones.
 * In the order of their names, so that services that start at the same time do not block each other.
 */
export async function upsertDefinitions(
  tx: Db,
  definitions: readonly OperationDefinition[],
): Promise<number> {
  if (definitions.length === 0) return 0
  const rows = await tx.execute(sql`
    insert into operations as o (id, namespace, name, ${list('')})
    select d.id, d.namespace, d.name, ${list('d.')}
    from ${recordset}${JSON.stringify(definitions.map(toRecord))}${shape}
    order by d.namespace, d.name
    on conflict (namespace, name) do update set ${assignments}, updated_at = now()
    where (${list('o.')}) is distinct from (${list('excluded.')})
    returning o.id`)
  return rows.length
}

function toRecord({ namespace, name, spec, service }: OperationDefinition): unknown {
  return {
    id: uuidv7(),
    namespace,
    name,
    version: spec.version,
    type: spec.type,
    title: spec.title,
    description: spec.description,
    tags: spec.tags ?? [],
    input_schema: spec.inputSchema,
    output_schema: spec.outputSchema,
    error_schemas: spec.errorSchemas,
    access_control: spec.accessControl,
    retry: spec.retry,
    resumable: spec.resumable,
    pool: spec.pool,
    record: spec.record,
    hints: spec.hints,
    _meta: spec._meta,
    service,
  }
}

/** The spec as its author wrote it, under the given names (for a spoke's operation those before remapping). */
export function specOf(
  row: typeof operations.$inferSelect,
  namespace: string,
  name: string,
): OperationSpec {
  return {
    namespace,
    name,
    version: row.version,
    type: row.type,
    description: row.description,
    ...(row.title !== null && { title: row.title }),
    ...(row.tags.length > 0 && { tags: row.tags }),
    inputSchema: row.inputSchema,
    outputSchema: row.outputSchema,
    ...(row.errorSchemas !== null && { errorSchemas: row.errorSchemas }),
    accessControl: row.accessControl,
    ...(row.retry !== null && { retry: row.retry }),
    ...(row.resumable !== null && { resumable: row.resumable }),
    ...(row.pool !== null && { pool: row.pool }),
    ...(row.record !== null && { record: row.record }),
    ...(row.hints !== null && { hints: row.hints }),
    ...(row._meta !== null && { _meta: row._meta }),
  }
}
