import { startRedis } from '@alkdev/cli/local-servers'
import type { TestProject } from 'vitest/node'
import { acquire } from './shared-server.ts'

/** Starts one Redis for the run; test files keep apart by key prefix. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { value, release } = await acquire('redis', () => startRedis())
  project.provide('redis', { url: value.url })
  return release
}
