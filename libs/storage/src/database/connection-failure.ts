import { OperatorError } from '@alkdev/errors'
import { connectionSettings, describeTarget } from './connection-settings.ts'
import type { DatabaseTarget } from './connection-settings.ts'
import { PostgresFailure } from './postgres-failure.ts'

const SECTION = 'in the section postgres of the config file'

interface Explained {
  /** Completes a sentence that begins with `The database X at host:port`. */
  readonly says: string
  readonly fix: string
}

/** Node's error codes for a failed TLS connection. */
export const TLS_CODES =
  /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/

function explained(failure: PostgresFailure, user: string): Explained {
  const { code, message } = failure
  if (code === '28P01')
    return {
      says: `refuses the password of the user ${user}`,
      fix: `Correct the user or the password ${SECTION}. A data folder keeps the password that it was made with.`,
    }
  if (code.startsWith('28')) {
    if (/no encryption|SSL off/i.test(message))
      return {
        says: `takes connections with TLS only, or does not let in the user ${user} without it`,
        fix: `Set \`ssl\` to true ${SECTION}, or let the user in by pg_hba.conf.`,
      }
    return {
      says: `does not let in the user ${user}`,
      fix: `Correct the user ${SECTION}, create it, or let it in by pg_hba.conf.`,
    }
  }
  if (code === '3D000')
    return {
      says: 'does not exist on that server',
      fix: `Create the database, or correct its name ${SECTION}.`,
    }
  if (code === '42501')
    return {
      says: `does not allow the user ${user} to connect`,
      fix: 'Grant the user CONNECT on the database.',
    }
  if (code === '53300')
    return {
      says: 'has no free connections',
      fix: `Raise max_connections of PostgreSQL, or lower \`maxConnections\` ${SECTION}.`,
    }
  if (code === '57P03')
    return {
      says: 'is starting up or shutting down',
      fix: 'Wait until it is ready, and start again.',
    }
  if (code.startsWith('53') || code.startsWith('58') || code.startsWith('XX'))
    return {
      says: `can't serve the connection: ${message}`,
      fix: 'Repair PostgreSQL first; see its log for details.',
    }
  if (code === 'SASL_SIGNATURE_MISMATCH' || code === 'AUTH_TYPE_NOT_IMPLEMENTED')
    return {
      says: 'asks for a way of authentication that does not work here',
      fix: 'Let the user in by scram-sha-256 in pg_hba.conf.',
    }
  if (/before secure TLS connection/i.test(message))
    return {
      says: 'does not speak TLS',
      fix: `Turn TLS on in PostgreSQL, or set \`ssl\` to false ${SECTION}.`,
    }
  if (TLS_CODES.test(code))
    return {
      says: 'answers, but the TLS connection failed',
      fix: `Give PostgreSQL a certificate that this machine trusts for that host name, or set \`ssl\` to false ${SECTION} on a private network.`,
    }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return {
      says: 'has a host name that is not known here',
      fix: `Correct the host ${SECTION}, or the name service of this machine.`,
    }
  if (/unsupported startup parameter|prepared statement/i.test(message))
    return {
      says: 'is reached through a pooler such as PgBouncer, which refuses settings of a session',
      fix: `Set \`pooler\` to true ${SECTION}.`,
    }
  if (code === '08P01' || code === '0A000')
    return {
      says: `refuses the connection: ${message}`,
      fix: `If this is a pooler such as PgBouncer, set \`pooler\` to true ${SECTION}.`,
    }
  return {
    says: 'does not answer',
    fix: `Start PostgreSQL, or correct host and port ${SECTION}.`,
  }
}

/** Why a database can't be used, with the fix. Names host, database and user, never a password. */
export function connectionFailure(target: DatabaseTarget, error: unknown): OperatorError {
  if (error instanceof OperatorError) return error
  const failure = PostgresFailure.find(error)
  const where = describeTarget(target)
  if (failure === undefined)
    return new OperatorError(
      `The database ${where} does not answer.`,
      `Start PostgreSQL, or correct host and port ${SECTION}.`,
      { cause: error },
    )
  const { says, fix } = explained(failure, connectionSettings(target).username)
  return new OperatorError(`The database ${where} ${says} (${failure.code}).`, fix, {
    cause: failure,
  })
}
