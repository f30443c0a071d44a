import { mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { generateKey, generateKeyRing } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import {
  checkConfig,
  configPaths,
  configServices,
  loadConfig,
  writeServiceConfigs,
} from './index.ts'

const folder = (): ReturnType<typeof mkdtempDisposable> =>
  mkdtempDisposable(join(tmpdir(), 'alkhub-config-'))

const secrets = {
  postgresUrl: 'postgres://alkhub:pg-pass-9f3@127.0.0.1:5432/alkhub',
  redisUrl: 'redis://alkhub:redis-pass-1c7@127.0.0.1:6379',
  busKey: generateKey(),
  encryptionKeys: generateKeyRing(),
}

async function failureOf(run: Promise<unknown>): Promise<OperatorError> {
  try {
    await run
  } catch (error) {
    if (error instanceof OperatorError) return error
  }
  throw new Error('expected an OperatorError')
}

test('what writeServiceConfigs writes, loadConfig reads, for every process', async () => {
  await using dir = await folder()
  const written = await writeServiceConfigs({
    dir: dir.path,
    ...secrets,
    ports: { gateway: 4100, mcp: 4103 },
  })
  for (const service of configServices) {
    const config = await loadConfig({
      path: written.configPaths[service],
      masterKeyPath: written.masterKeyPath,
      service,
    })
    expect(config.postgres.url.reveal()).toBe(secrets.postgresUrl)
    expect(config.logging.level).toBe('info')
  }
  const at = { path: written.configPaths.gateway, masterKeyPath: written.masterKeyPath }
  const gateway = await loadConfig({ ...at, service: 'gateway' })
  expect(gateway.http.port).toBe(4100)
  expect(gateway.http.ports['spoke-broker']).toBe(3001)
  expect(gateway.bus.key.reveal()).toBe(secrets.busKey)
  expect(gateway.encryptionKeys.current).toBe(1)
  expect(gateway.redis.prefix).toBe('alkhub')
  expect(Object.keys(gateway)).not.toContain('inference')
})

test('the files hold no secret in clear, no host name of the servers, and are readable by their owner only', async () => {
  await using dir = await folder()
  const written = await writeServiceConfigs({ dir: dir.path, ...secrets })
  for (const path of [...Object.values(written.configPaths), written.masterKeyPath])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  for (const path of Object.values(written.configPaths)) {
    const text = await readFile(path, 'utf8')
    const clear = ['pg-pass', 'redis-pass', '6379', secrets.busKey, secrets.encryptionKeys.slice(3)]
    for (const secret of clear) expect(text).not.toContain(secret)
  }
})

test('a loaded config that is printed or serialised shows no secret', async () => {
  await using dir = await folder()
  const { masterKeyPath, configPaths: paths } = await writeServiceConfigs({
    dir: dir.path,
    ...secrets,
  })
  const config = await loadConfig({ path: paths.gateway, masterKeyPath, service: 'gateway' })
  const shown = JSON.stringify(config) + inspect(config, { depth: 20, showHidden: true })
  for (const secret of ['pg-pass', 'redis-pass', secrets.busKey, secrets.encryptionKeys.slice(3)])
    expect(shown).not.toContain(secret)
})

test('ten mistakes are ten messages at once, each with its path and without any value', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'gateway.yaml')
  await writeFile(
    path,
    `
logging: { level: loud-value }
http:
  ports: { gateway: 70000 }
  hots: leaked-value
  cors: { origins: leaked-origin }
  publicUrl: ftp://leaked-host
postgres: { url: 'mysql://u:leaked-password@h/d' }
redis: { host: h, password: leaked-password, passwordFile: nowhere }
bus: { key: leaked-key }
encryptionKeys: v1:leaked-ring
limits: { callTimeoutMs: soon }
telemetrie: { metrics: true }
`,
  )
  const error = await failureOf(loadConfig({ path, service: 'gateway' }))
  expect(error.fix).toContain(path)
  expect(
    error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim().replace(/:.*/, ''))
      .toSorted(),
  ).toEqual([
    'bus.key',
    'encryptionKeys',
    'http.cors.origins',
    'http.hots',
    'http.ports.gateway',
    'limits.callTimeoutMs',
    'logging.level',
    'postgres.url',
    'redis.password',
    'telemetrie',
  ])
  expect(error.message).toContain('http.ports.gateway: expected an integer from 0 to 65535')
  expect(error.message).toContain(
    'limits.callTimeoutMs: expected an integer from 1 to 86400000, found a text',
  )
  expect(error.message).toContain('logging.level: expected one of "trace", "debug"')
  expect(`${error.message}${error.fix}`).not.toMatch(/leaked|loud|soon/)
})

test('values that are missing, encrypted for another place, damaged or under another key are reported only by path', async () => {
  await using dir = await folder()
  await using other = await folder()
  const here = await writeServiceConfigs({ dir: dir.path, ...secrets })
  const there = await writeServiceConfigs({ dir: other.path, ...secrets })
  const at = { path: here.configPaths.gateway, service: 'gateway' } as const
  const wrongKey = await checkConfig({ ...at, masterKeyPath: there.masterKeyPath })
  const expected = ['bus.key', 'encryptionKeys', 'postgres', 'redis']
  expect(wrongKey.failures.map((failure) => failure.path).toSorted()).toEqual(expected)
  expect((await checkConfig(at)).failures.map((failure) => failure.path).toSorted()).toEqual(
    expected,
  )

  const tree = JSON.parse(await readFile(at.path, 'utf8'))
  await writeFile(at.path, JSON.stringify({ ...tree, postgres: tree.redis, redis: tree.postgres }))
  const swapped = await checkConfig({ ...at, masterKeyPath: here.masterKeyPath })
  expect(swapped.failures.map((failure) => failure.path).toSorted()).toEqual(['postgres', 'redis'])
})

test('a file that is missing, not YAML, or no object is one sentence with its fix, and quotes nothing', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'c.yaml')
  const missing = await failureOf(loadConfig({ path, service: 'migrate' }))
  expect(missing.message).toBe(`The config file ${path} does not exist.`)
  expect(missing.fix).toContain('alkhub config init')
  await writeFile(path, 'postgres:\n  url: "leaked\n bus: {')
  const broken = await failureOf(loadConfig({ path, service: 'migrate' }))
  expect(broken.message).toMatch(/is not valid YAML or JSON: line [23]/)
  expect(broken.message + inspect(broken)).not.toContain('leaked')
  await writeFile(path, '- a list')
  expect((await failureOf(loadConfig({ path, service: 'migrate' }))).message).toContain(
    'does not hold an object',
  )
})

test('host, user and a password file are accepted instead of a URL', async () => {
  await using dir = await folder()
  await writeFile(join(dir.path, 'pw'), 'p@ss/word\n')
  const path = join(dir.path, 'c.json')
  await writeFile(
    path,
    JSON.stringify({ postgres: { host: '::1', user: 'me', passwordFile: 'pw', database: 'hub' } }),
  )
  const { postgres } = await loadConfig({ path, service: 'migrate' })
  expect(postgres.url.reveal()).toBe('postgres://me:p%40ss%2Fword@[::1]:5432/hub')
})

test('sections that the service does not use are neither opened nor returned, only unknown names are refused', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'c.yaml')
  await writeFile(
    path,
    `postgres: { url: 'postgres://u:p@h/d' }\nspokes: { heartbeatMs: never }\nredis: { _encrypted: {} }\n`,
  )
  const config = await loadConfig({ path, service: 'migrate' })
  expect(Object.keys(config).toSorted()).toEqual(['logging', 'postgres'])
})

test('the environment gives two paths and nothing else', () => {
  expect(() => configPaths({})).toThrow(/ALKHUB_CONFIG_PATH is not set/)
  expect(configPaths({ ALKHUB_CONFIG_PATH: '/c', ALKHUB_MASTER_KEY_PATH: '/k' })).toEqual({
    path: '/c',
    masterKeyPath: '/k',
  })
})

test('secrets in further sections are encrypted where they lie', async () => {
  await using dir = await folder()
  const previousKey = generateKey()
  const sections = { bus: { key: secrets.busKey, previousKey }, http: { host: '::1' } }
  const written = await writeServiceConfigs({ dir: dir.path, ...secrets, sections })
  expect(await readFile(written.configPaths.mcp, 'utf8')).not.toContain(previousKey)
  const config = await loadConfig({
    path: written.configPaths.mcp,
    masterKeyPath: written.masterKeyPath,
    service: 'mcp',
  })
  expect(config.bus.previousKey?.reveal()).toBe(previousKey)
  expect(config.http.host).toBe('::1')
})

test('a setting or section that is none is refused with the name that was probably meant', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'gateway.yaml')
  const { busKey, encryptionKeys } = secrets
  await writeFile(
    path,
    `
http: { adverisedUrl: 'http://leaked', prots: {}, gibberish: 1 }
bus: { key: '${busKey}' }
postgres: { url: 'postgres://u:p@h/d' }
redis: { url: 'redis://h' }
encryptionKeys: '${encryptionKeys}'
limits: { requestsPerMinute: { acount: 3 } }
telemetrie: {}
unknown-things: {}
`,
  )
  const { failures } = await checkConfig({ path, service: 'gateway' })
  expect(Object.fromEntries(failures.map((one) => [one.path, one.expected]))).toEqual({
    telemetrie: 'is no section; did you mean telemetry?',
    'unknown-things': expect.stringMatching(/^is no section; known: logging, http, postgres/),
    'http.adverisedUrl': 'is no setting; did you mean advertisedUrl?',
    'http.prots': 'is no setting; did you mean ports?',
    'http.gibberish': expect.stringMatching(/^is no setting; known here: host, ports/),
    'limits.requestsPerMinute.acount': 'is no setting; did you mean account?',
  })
})

test('an MCP server of the configuration takes its settings by name and no others', async () => {
  await using dir = await folder()
  const { configPaths, masterKeyPath } = await writeServiceConfigs({ dir: dir.path, ...secrets })
  const at = { path: configPaths.mcp, masterKeyPath, service: 'mcp' } as const
  expect((await checkConfig(at)).failures).toEqual([])
  const tree = JSON.parse(await readFile(at.path, 'utf8')) as Record<string, unknown>
  const write = (docs: object): Promise<void> =>
    writeFile(at.path, JSON.stringify({ ...tree, mcpServers: { docs } }))
  await write({ command: 'docs-server', env: { TOKEN: 'secret' } })
  const { config } = await checkConfig(at)
  expect(config?.mcpServers['docs']?.command).toBe('docs-server')
  expect(config?.mcpServers['docs']?.env?.['TOKEN']?.reveal()).toBe('secret')
  await write({ comand: 'docs-server' })
  expect((await checkConfig(at)).failures).toEqual([
    { path: 'mcpServers.docs.comand', expected: 'is no setting; did you mean command?' },
  ])
  await write({ scopes: ['a'] })
  expect((await checkConfig(at)).failures).toEqual([
    { path: 'mcpServers.docs', expected: 'expected either url or command' },
  ])
})
