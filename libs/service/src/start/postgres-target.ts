import type { ResolvedPostgres } from '@alkdev/config'

/** The database's URL for the storage library, with TLS when the config asks for it. Holds the password. */
export function postgresTarget({
  url,
  ssl,
  pooler,
}: Pick<ResolvedPostgres, 'url' | 'ssl' | 'pooler'>): string {
  const target = new URL(url.reveal())
  if (ssl) target.searchParams.set('sslmode', 'require')
  if (pooler) target.searchParams.set('pooler', 'transaction')
  return target.href
}
