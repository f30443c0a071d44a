import type { ResolvedPostgres } from '@alkdev/config'
import { addressOf } from '@alkdev/storage'
import type { DatabaseTarget } from '@alkdev/storage'

/** The address of the database for the storage library, with TLS when the config asks for it. Holds the password. */
export function postgresTarget({
  url,
  ssl,
  tls,
  pooler,
}: Pick<ResolvedPostgres, 'url' | 'ssl' | 'tls' | 'pooler'>): DatabaseTarget {
  return { ...addressOf(url.reveal()), ssl: ssl && (tls ?? true), pooler }
}
