import { CodedError } from '@alkdev/errors'
import { TLS_CODES } from './connection-failure.ts'
import { LASTING_TROUBLE } from './database-trouble.ts'
import { PostgresFailure } from './postgres-failure.ts'

/** The message for the caller by the name of the violated constraint. */
const rules: Readonly<Record<string, string>> = {
  unq_accounts_email: 'An account with this e-mail address exists already.',
  unq_organizations_name: 'An organization of this name exists already.',
  unq_organization_members_org_id_account_id: 'The account is a member already.',
  unq_organization_invitations_pending: 'The account has a pending invitation already.',
  unq_api_keys_key_hash: 'This key exists already.',
  unq_clients_name: 'A client of this name exists already.',
  unq_client_secrets_client_id_secret_key: 'The client has a secret of this name already.',
  unq_projects_org_id_slug: 'The organization has a project of this name already.',
  unq_projects_owner_id_slug: 'The account has a project of this name already.',
  unq_workspaces_project_id_name: 'The project has a workspace of this name already.',
  unq_spokes_name: 'A spoke of this name exists already.',
  idx_webhooks_account_id_name: 'The account has a webhook of this name already.',
  idx_webhooks_org_id_name: 'The organization has a webhook of this name already.',
  unq_schedules_account_id_name: 'The account has a schedule of this name already.',
  unq_tasks_project_id_slug: 'The project has a task of this id already.',
  unq_sessions_workspace_id_live: 'Another session works in the workspace already.',
  unq_roles_name: 'A role of this name exists already.',
  unq_sessions_slug: 'A session of this slug exists already.',
  unq_mappings_session_id_active: 'The session is mapped already.',
  chk_accounts_email: 'The e-mail address is not valid.',
  chk_organizations_name:
    'The name must be lower-case letters, digits and hyphens, at most 63 of them.',
  chk_projects_slug: 'The name must be lower-case letters, digits and hyphens, at most 63 of them.',
  chk_clients_name: 'The name must be lower-case letters, digits and hyphens, at most 63 of them.',
  chk_spokes_name: 'The name must be lower-case letters, digits and hyphens, at most 63 of them.',
  chk_task_dependencies_ends: 'A task cannot depend on itself.',
  task_dependencies_depends_on_tasks_fk: 'A task can depend on tasks of its own project only.',
  task_dependencies_dependent_tasks_fk: 'A task can depend on tasks of its own project only.',
  rule_organizations_owner_is_member:
    'The owner of an organization must be one of its members of level owner.',
  rule_messages_session_id_immutable: 'The session of a message never changes.',
  rule_parts_session_id_immutable: 'The session of a part never changes.',
  rule_audit_logs_append_only: 'The audit log only grows.',
  rule_workflow_run_events_append_only: 'The events of a workflow run never change.',
}

/** The statement was refused or rolled back as a whole, for a temporary reason. */
const passing = new Set(['40001', '40P01', '40000', '40002', '55P03', '55006', '57014', '57000'])

/** The connection was lost during the statement: whether it took effect is unknown. */
const cutOff = new Set([
  'CONNECTION_CLOSED',
  'ECONNRESET',
  'EPIPE',
  '57P01',
  '57P02',
  '57P04',
  '57P05',
  '25P03',
  '25P04',
  '40003',
])

/** A character that the database cannot store: untranslatable_character, character_not_in_repertoire. */
const unstorable = new Set(['22P05', '22021'])

const neverSent = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENOENT',
  'ECONNABORTED',
  'ENETDOWN',
  'EHOSTDOWN',
  '57P03',
])

/** What PgBouncer says, all with one code, of a statement that it has not passed on. Whatever else it says, it may have. */
const NEVER_PASSED_ON =
  /query_wait_timeout|server_login_retry|cannot connect|login failed|no more connections|no such (?:database|user)|shutting down|pause/i

/** Codes by which tables, columns or functions are missing: the database is of another level than the code. */
const otherSchema = new Set(['42P01', '42703', '42883', '42704', '3F000'])

/** This process has no more file descriptors or ports for a connection. */
const ownLimits = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM'])

/** A pooler gave the statement to a connection that has not prepared it, or has prepared it under this name. */
const lostStatement = new Set(['26000', '42P05'])

/**
 * A row was routed to a partition while another partition that covers it was created: nothing is wrong with the row, and the same
 * statement succeeds when it is sent again. A rule of a table has a name, the bounds of a partition have none.
 */
export function isPartitionCreated({ code, constraint }: PostgresFailure): boolean {
  return code === '23514' && constraint === undefined
}

function unavailable(message: string, cause: PostgresFailure, retryAfterMs: number): CodedError {
  return new CodedError('UNAVAILABLE', message, { cause, retryAfterMs })
}

function classify(failure: PostgresFailure): CodedError {
  const { code } = failure
  const rule = failure.constraint
  const options = rule === undefined ? { cause: failure } : { cause: failure, details: { rule } }
  const sentence = rule === undefined ? undefined : rules[rule]
  if (code === '23505' || code === '23P01') {
    return new CodedError('CONFLICT', sentence ?? 'It exists already.', options)
  }
  if (code === '23001' || code === '23503') {
    return new CodedError(
      'CONFLICT',
      sentence ?? 'Something that it refers to is missing, or something still refers to it.',
      options,
    )
  }
  if (isPartitionCreated(failure))
    return unavailable('A partition of the table was created meanwhile.', failure, 200)
  if (unstorable.has(code)) {
    const message = 'A text holds NUL or half of a surrogate pair, which cannot be stored.'
    return new CodedError('VALIDATION_ERROR', message, options)
  }
  if (code.startsWith('23') || code.startsWith('22')) {
    return new CodedError('VALIDATION_ERROR', sentence ?? 'A value is not allowed here.', options)
  }
  if (code.startsWith('54') || code === '44000') {
    return new CodedError('VALIDATION_ERROR', sentence ?? 'A value is too large here.', options)
  }
  if (passing.has(code)) return unavailable('The database is busy.', failure, 200)
  const lasting = LASTING_TROUBLE[code]
  if (lasting !== undefined) return unavailable(lasting, failure, 5000)
  if (code.startsWith('53')) return unavailable('The database lacks a resource.', failure, 5000)
  if (otherSchema.has(code))
    return unavailable('The tables of the database are not those of this version.', failure, 5000)
  if (ownLimits.has(code))
    return unavailable('The hub has no means to connect to the database now.', failure, 1000)
  if (lostStatement.has(code))
    return unavailable('The connection pooler does not keep prepared statements.', failure, 1000)
  const isCutOff = cutOff.has(code) || (code === '08P01' && !NEVER_PASSED_ON.test(failure.message))
  if (!isCutOff && (neverSent.has(code) || code.startsWith('08')))
    return unavailable('The database cannot be reached.', failure, 1000)
  if (isCutOff) {
    return new CodedError('UNAVAILABLE', 'The connection to the database broke.', {
      cause: failure,
      details: { outcome: 'unknown' },
      retryAfterMs: 1000,
    })
  }
  if (code.startsWith('28') || TLS_CODES.test(code))
    return unavailable('The database refuses the connection.', failure, 5000)
  return new CodedError('UNKNOWN_ERROR', 'Something failed inside the hub.', { cause: failure })
}

/**
 * Any error of a query as a CodedError: CONFLICT (unique, references), VALIDATION_ERROR (checks, bad values), UNAVAILABLE
 * (busy, unreachable; `details.outcome: "unknown"` when a statement was under way), else UNKNOWN_ERROR. Neither message nor
 * cause carries SQL or parameters.
 */
export function storageError(thrown: unknown): CodedError {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 8; depth += 1) {
    if (error instanceof CodedError) return error
    error = error.cause
  }
  const failure = PostgresFailure.find(thrown)
  return failure === undefined ? CodedError.from(thrown) : classify(failure)
}

/** Runs queries and turns what they throw into CodedErrors. Every public function that queries goes through it. */
export async function coded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw storageError(error)
  }
}
