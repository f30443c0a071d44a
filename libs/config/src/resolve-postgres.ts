import { compact } from '@alkdev/std'
import { connectionUrl } from './connection-url.ts'
import type { ResolvedPostgres } from './hub-config.ts'
import { IN_URL } from './resolve-context.ts'
import type { ResolveContext } from './resolve-context.ts'
import type { PostgresConfig } from './sections/postgres.ts'
import { tlsCertificates } from './tls-files.ts'

/** Values of `sslmode`: the certificate is verified with each that uses TLS. */
const TLS_MODES = ['require', 'verify-ca', 'verify-full']

/** What the section `postgres` becomes. What is wrong goes to `context.failures`; then undefined. */
export async function resolvePostgres(
  fields: PostgresConfig,
  context: ResolveContext,
): Promise<ResolvedPostgres | undefined> {
  const { failures, folder } = context
  const url = await connectionUrl(
    fields,
    {
      section: 'postgres',
      protocols: ['postgres:', 'postgresql:'],
      protocol: 'postgres:',
      path: encodeURIComponent(fields.database),
      needsUser: true,
      inUrl: IN_URL,
    },
    context,
  )
  const query = url && URL.parse(url.reveal())?.searchParams
  const mode = query?.get('sslmode') ?? undefined
  if (mode !== undefined && mode !== 'disable' && !TLS_MODES.includes(mode))
    failures.push({
      path: 'postgres.url',
      expected: `has an sslmode that is none of disable, ${TLS_MODES.join(', ')}; a connection either uses TLS or does not`,
    })
  if (query?.has('sslrootcert') || query?.has('sslcert') || query?.has('sslkey'))
    failures.push({
      path: 'postgres.url',
      expected: 'names files of certificates; expected them in caFile, certFile and keyFile',
    })
  if (mode === 'disable' && fields.ssl)
    failures.push({ path: 'postgres.ssl', expected: 'is true and url has sslmode=disable' })
  const ssl = fields.ssl || (mode !== undefined && mode !== 'disable')
  const tls = await tlsCertificates(fields, {
    section: 'postgres',
    folder,
    isOn: ssl,
    setting: 'ssl',
    failures,
  })
  const { pooler, maxConnections, connectTimeoutMs, statementTimeoutMs } = fields
  const rest = { ssl, pooler, maxConnections, connectTimeoutMs, statementTimeoutMs }
  return url && { url, ...rest, ...compact({ tls }) }
}
