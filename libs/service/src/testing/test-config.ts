import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '@alkdev/config'
import type { ConfigService, ServiceConfig } from '@alkdev/config'
import { generateKey, generateKeyRing } from '@alkdev/crypto'

export interface TestConfigInput {
  readonly postgresUrl: string
  readonly redisUrl: string
  /** The same for services of one deployment. */
  readonly prefix: string
  /** The same for services of one deployment. Default: a new one. */
  readonly busKey?: string
  /** More sections, or parts of them, as in the file. */
  readonly sections?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/**
 * A real config for tests of services: read from a file by the config library, with every default, on a free port of the loopback
 * address, silent.
 */
export async function createTestConfig<S extends ConfigService>(
  service: S,
  input: TestConfigInput,
): Promise<ServiceConfig<S>> {
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-test-'))
  try {
    const path = await writeTestConfig(folder, input)
    return await loadConfig({ path, service })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes such a config into `folder`, for processes; returns its path. */
export async function writeTestConfig(folder: string, input: TestConfigInput): Promise<string> {
  const sections: Record<string, unknown> = {
    logging: { level: 'silent' },
    http: {
      ports: { gateway: 0, 'spoke-broker': 0, 'inference-proxy': 0, mcp: 0, coordinator: 0 },
      drainBudgetMs: 2000,
    },
    postgres: { url: input.postgresUrl },
    redis: { url: input.redisUrl, prefix: input.prefix.replace(/:$/, '') },
    bus: { key: input.busKey ?? generateKey() },
    encryptionKeys: generateKeyRing(),
  }
  for (const [name, fields] of Object.entries(input.sections ?? {})) {
    sections[name] = { ...(sections[name] as object | undefined), ...fields }
  }
  const path = join(folder, 'config.json')
  await writeFile(path, JSON.stringify(sections), { mode: 0o600 })
  return path
}
