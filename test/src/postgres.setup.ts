import { startPostgres } from '@alkdev/cli/local-servers'
import { installResolveCache } from '@alkdev/service/resolve-cache'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { acquire } from './shared-server.ts'

installResolveCache()
const { migrate } = await import('@alkdev/storage')

const template = 'alkhub_template'

/** Starts one PostgreSQL for the run and migrates a template database that each test file clones. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { value, release } = await acquire('postgres', async () => {
    const server = await startPostgres()
    const admin = postgres(server.url, { max: 1, onnotice() {} })
    await admin.unsafe(`create database ${template}`)
    await admin.end()
    await migrate(server.url.replace(/\/postgres$/, `/${template}`))
    return server
  })
  project.provide('postgres', { url: value.url, template })
  return release
}
