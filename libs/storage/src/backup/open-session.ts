import { OperatorError } from '@alkdev/errors'
import postgres from 'postgres'
import type { Sql } from 'postgres'
import { connectionFailure } from '../database/connection-failure.ts'
import { connectionSettings, requireSession } from '../database/connection-settings.ts'
import type { DatabaseTarget } from '../database/connection-settings.ts'
import { PostgresFailure } from '../database/postgres-failure.ts'

export interface SessionOptions {
  /** Ends the connection, and the transaction with it. */
  readonly signal?: AbortSignal
  /** Milliseconds without any progress after which the work fails. Default 300,000. */
  readonly stallMs?: number
}

export interface BackupSession {
  readonly sql: Sql
  /** Reports progress: the time until the work fails begins again. */
  readonly moved: () => void
}

/**
 * Runs `work` on one connection whose settings make texts of values independent of the server. Rejects with what it threw; errors of
 * PostgreSQL become an OperatorError that begins with `what` (`The backup`).
 */
export async function inSession<T>(
  target: DatabaseTarget,
  what: string,
  options: SessionOptions,
  work: (session: BackupSession) => Promise<T>,
): Promise<T> {
  options.signal?.throwIfAborted()
  requireSession(target, what)
  const sql = postgres({
    ...connectionSettings(target),
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: () => {},
    connection: {
      application_name: 'alkhub backup',
      TimeZone: 'UTC',
      DateStyle: 'ISO, MDY',
      IntervalStyle: 'postgres',
      extra_float_digits: 1,
      bytea_output: 'hex',
      statement_timeout: 0,
      lock_timeout: 10_000,
      idle_in_transaction_session_timeout: 0,
    },
  })
  let stalled = false
  const cut = (): void => void sql.end({ timeout: 0 })
  const timer = setTimeout(() => {
    stalled = true
    cut()
  }, options.stallMs ?? 300_000)
  options.signal?.addEventListener('abort', cut, { once: true })
  try {
    return await work({ sql, moved: () => timer.refresh() })
  } catch (error) {
    options.signal?.throwIfAborted()
    if (stalled)
      throw new OperatorError(
        `${what} made no progress for too long and was given up.`,
        'Check whether PostgreSQL, the disk or the reader of the output is blocked, and try again.',
        { cause: error },
      )
    throw explained(target, what, error)
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', cut)
    await sql.end({ timeout: 5 })
  }
}

function explained(target: DatabaseTarget, what: string, error: unknown): unknown {
  if (error instanceof OperatorError) return error
  const failure = PostgresFailure.find(error)
  if (failure === undefined) return error
  // Codes of Node and of files (`ENOSPC`) are not those of the server.
  if (!/^[0-9A-Z]{5}$/.test(failure.code) || /^(28|3D000|E)/.test(failure.code))
    return isConnection(failure.code) ? connectionFailure(target, failure) : error
  return new OperatorError(
    `${what} failed (${failure.code}: ${failure.message}).`,
    failure.code === '53100'
      ? 'Free space on the disk of PostgreSQL, and try again.'
      : 'Correct what it names, and try again.',
    { cause: failure },
  )
}

function isConnection(code: string): boolean {
  return /^(28|3D|CONNECT|ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EHOSTUNREACH|ERR_TLS|ERR_SSL|CERT_)/.test(
    code,
  )
}
