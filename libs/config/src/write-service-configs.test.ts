import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey, generateKeyRing } from '@alkdev/crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { getValue, setValue } from './edit-config.ts'
import { loadConfig } from './load-config.ts'
import type { ConfigService } from './services.ts'
import { MASTER_KEY_FILE, serviceConfigFile, writeServiceConfigs } from './write-service-configs.ts'
import type { WriteServiceConfigsInput } from './write-service-configs.ts'

let files: WriteServiceConfigsInput
const pathOf = (service: ConfigService): string => join(files.dir, serviceConfigFile(service))
const target = (service: ConfigService, setting: string) => ({
  path: pathOf(service),
  masterKeyPath: join(files.dir, MASTER_KEY_FILE),
  setting,
})
const read = (service: ConfigService, setting: string): Promise<unknown> =>
  getValue({ ...target(service, setting), reveal: true })

beforeEach(async () => {
  files = {
    dir: await mkdtemp(join(tmpdir(), 'alkhub-configs-')),
    postgresUrl: 'postgres://u:p@127.0.0.1:5432/d',
    redisUrl: 'redis://u:p@127.0.0.1:6379',
    busKey: generateKey(),
    encryptionKeys: generateKeyRing(),
    ports: { gateway: 3000 },
  }
  await writeServiceConfigs(files)
})
afterEach(() => rm(files.dir, { recursive: true, force: true }))

test('with keep, settings that were changed in one service stay, and those of the call are new', async () => {
  await setValue({ ...target('mcp', 'mcpNative.operations'), value: ['dev.*'] })
  await setValue({ ...target('mcp', 'mcpServers.notes'), value: { url: 'https://a.example/mcp' } })
  await setValue({ ...target('mcp', 'mcpServers.notes.secret'), value: 'its token' })
  await setValue({ ...target('coordinator', 'postgres.maxConnections'), value: 3 })
  await setValue({ ...target('gateway', 'logging.level'), value: 'debug', encrypt: true })
  await setValue({ ...target('gateway', 'outbound.allow'), value: ['192.0.2.0/24'] })
  await writeServiceConfigs({
    ...files,
    postgresUrl: 'postgres://u:p@127.0.0.1:5555/d',
    ports: { gateway: 4000 },
    keep: { initial: { outbound: { allow: ['127.0.0.0/8'] } } },
  })
  expect(await read('mcp', 'mcpNative.operations')).toEqual(['dev.*'])
  expect(await read('mcp', 'mcpServers.notes.secret')).toBe('its token')
  expect(await read('coordinator', 'postgres')).toEqual({
    url: 'postgres://u:p@127.0.0.1:5555/d',
    maxConnections: 3,
  })
  expect(await read('gateway', 'http.ports.gateway')).toBe(4000)
  expect(await read('gateway', 'logging.level')).toBe('debug')
  expect(await read('gateway', 'outbound.allow')).toEqual(['192.0.2.0/24'])
  expect(await read('coordinator', 'outbound.allow')).toEqual(['127.0.0.0/8'])
  // What was sealed stays sealed, and a service reads the file.
  expect(await readFile(pathOf('gateway'), 'utf8')).not.toContain('debug')
  expect(await readFile(pathOf('mcp'), 'utf8')).not.toContain('its token')
  const { path, masterKeyPath } = target('mcp', 'mcpNative')
  const config = await loadConfig({ path, masterKeyPath, service: 'mcp' })
  expect(config.mcpNative.operations).toEqual(['dev.*'])
})

test('without keep, the files are replaced', async () => {
  await setValue({ ...target('mcp', 'mcpNative.operations'), value: ['dev.*'] })
  await writeServiceConfigs(files)
  expect(await read('mcp', 'mcpNative.operations')).toBeUndefined()
})

test('with keep, a section that the master key does not open is an error that names it', async () => {
  await rm(join(files.dir, MASTER_KEY_FILE))
  await expect(writeServiceConfigs({ ...files, keep: {} })).rejects.toThrow(/postgres/)
})
