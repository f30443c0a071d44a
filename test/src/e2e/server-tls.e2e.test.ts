import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '@alkdev/cli/local-servers'
import type { LocalServer } from '@alkdev/cli/local-servers'
import { addressOf, migrate, openDatabase } from '@alkdev/storage'
import { makeCertificates, startRedisCluster } from '@alkdev/testing'
import type { TestCertificates } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from '../http.ts'
import { startProcessHub } from '../process-hub.ts'

const stack = new AsyncDisposableStack()
let tls: TestCertificates
let server: LocalServer

async function startServer(certificates: TestCertificates): Promise<LocalServer> {
  const home = await mkdtemp(join(tmpdir(), 'alkhub-tls-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const [cert, key] = await Promise.all(
    [certificates.certFile, certificates.keyFile].map((file) => readFile(file, 'utf8')),
  )
  return stack.use(
    await startPostgres({
      keepIn: () => Promise.resolve(home),
      tls: { cert: cert ?? '', key: key ?? '' },
    }),
  )
}

beforeAll(async () => {
  tls = stack.use(await makeCertificates())
  server = await startServer(tls)
  await migrate(server.url)
}, 240_000)
afterAll(() => stack.disposeAsync())

test('all five services work with PostgreSQL and a Redis Cluster over TLS, and make no connection without it', async () => {
  const cluster = stack.use(await startRedisCluster({ primaries: 1, tls }))
  const { caFile } = tls
  await using hub = await startProcessHub({
    postgresUrl: server.url,
    redis: { cluster: [...cluster.nodes], password: cluster.password, tls: true, caFile },
    sections: { postgres: { ssl: true, caFile } },
  })
  const made = await call(hub, hub.admin, 'projects.create', { slug: 'secure' })
  expect(made.status).toBe(200)
  const queued = await call(hub, hub.admin, 'projects.list', {}, { prefer: 'respond-async' })
  expect(queued.status).toBe(202)
  const rows = await hub.database.sql<{ name: string; ssl: boolean }[]>`
    select application_name as name, ssl from pg_stat_ssl join pg_stat_activity using (pid)
    where application_name like 'alkhub %'`
  expect(new Set(rows.map(({ name }) => name)).size).toBe(5)
  expect(rows.filter(({ ssl }) => !ssl)).toEqual([])
}, 240_000)

test('a certificate is verified with its authority and with the host, be it a name or an address', async () => {
  const address = addressOf(server.url)
  const open = (ssl: object | true, more = {}): Promise<unknown> =>
    openDatabase({ ...address, ssl, ...more }, { max: 1 }).then(
      async (database) => {
        await database.close()
        return 'opened'
      },
      (error: unknown) => error,
    )
  expect(await open({ ca: tls.ca })).toBe('opened')
  for (const failed of [
    await open(true),
    // The certificate has the address and no name.
    await open({ ca: tls.ca }, { host: 'localhost' }),
  ]) {
    expect(String(failed)).toContain('answers, but the TLS connection failed')
  }
  await using other = await makeCertificates(['DNS:localhost'])
  const named = await startServer(other)
  const { port } = named
  expect(await open({ ca: other.ca }, { host: 'localhost', port })).toBe('opened')
  expect(String(await open({ ca: other.ca }, { port }))).toContain('the TLS connection failed')
}, 120_000)
