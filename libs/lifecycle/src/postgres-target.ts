import type { ResolvedPostgres } from '@alkdev/config'

/** The database's URL for the storage library, with TLS when the config asks for it. Holds the password. */
export function postgresTarget({ url, ssl }: Pick<ResolvedPostgres, 'url' | 'ssl'>): string {
  const target = new URL(url.reveal())
  if (ssl) target.searchParams.set('sslmode', 'require')
  return target.href
}
