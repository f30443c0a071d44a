import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { configSections, serviceConfigFile, serviceNodeArgs, serviceNodeEnv } from '@alkdev/config'
import { IMAGE_PROGRAM_FILES, IMAGE_PROGRAMS } from '@alkdev/sdk/programs'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { documentText } from '../guide-runner.ts'

interface ComposeService {
  readonly image: string
  readonly build?: string
  readonly command?: readonly string[]
  readonly user?: string
  readonly read_only?: boolean
  readonly restart?: string
  readonly stop_grace_period?: string
  readonly mem_limit?: string
  readonly pids_limit?: number
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly logging?: { readonly options: Readonly<Record<string, string>> }
  readonly ports?: readonly string[]
  readonly network_mode?: string
  readonly volumes?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
}

interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>
}

const read = (path: string): ComposeFile =>
  parse(documentText(path), { merge: true }) as ComposeFile
const { services } = read('docker-compose.yml')
const files = read('docker-compose.files.yml')
const proxy = documentText('docker/haproxy.cfg')

/** The port on which each service listens in its container: that of the config of `alkhub config init --compose`. */
const PORTS = {
  gateway: 3000,
  'spoke-broker': 3001,
  'inference-proxy': 3002,
  mcp: 3003,
  coordinator: 3004,
} as const
const ONCE = ['init', 'migrate', 'first-steps']
const names = Object.keys(services)
const service = (name: string): ComposeService => {
  const found = services[name]
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}.`)
  return found
}

test.each(names)('%s has limits, rotated logs, no rights and no root', (name) => {
  const one = service(name)
  expect(one.read_only).toBe(true)
  expect(one.cap_drop).toEqual(['ALL'])
  expect(one.security_opt).toEqual(['no-new-privileges:true'])
  expect(one.mem_limit).toMatch(/^\d+[mg]$/)
  expect(one.pids_limit).toBeGreaterThan(0)
  expect(one.logging?.options).toMatchObject({ 'max-size': '10m', 'max-file': '5' })
  expect(['node', 'postgres', 'redis', 'haproxy']).toContain(one.user)
  expect(one.restart).toBe(ONCE.includes(name) ? 'no' : 'unless-stopped')
  expect(one).not.toHaveProperty('container_name')
})

test('the proxy alone publishes a port, so that every other service can have any number of containers', () => {
  expect(names.filter((name) => service(name).ports !== undefined)).toEqual(['proxy'])
})

test.each(Object.entries(PORTS) as [keyof typeof PORTS, number][])(
  '%s is asked for /readyz on port %i',
  (name, port) => {
    const { healthcheck, command = [], environment } = service(name)
    expect(healthcheck?.test.at(-1)).toBe(String(port))
    expect(command).toEqual(['node', ...serviceNodeArgs(name), `programs/${name}.js`])
    expect(environment).toEqual({
      ...serviceNodeEnv(name),
      ALKHUB_CONFIG_PATH: `/run/alkhub/secrets/${name}.json`,
      ALKHUB_MASTER_KEY_PATH: '/run/alkhub/secrets/master.key',
    })
    expect(
      (configSections.http as unknown as HttpDefaults).properties.ports.properties[name]?.default,
    ).toBe(port)
  },
)

test.each([
  ['a service that is ready', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', 0],
  ['a service that is not ready', 'HTTP/1.1 503 Service Unavailable\r\n\r\n', 1],
  ['a connection that closes without an answer', '', 1],
  ['no service', undefined, 1],
])('the health check of %s', async (_, answer, code) => {
  let asked = ''
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      asked += String(data)
      if (asked.endsWith('\r\n\r\n')) socket.end(answer ?? '')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  if (answer === undefined) server.close()
  else onTestFinished(() => void server.close())
  const [, program = '', ...args] = service('mcp').healthcheck?.test ?? []
  // As Compose reads it, with another port.
  const read = args.slice(0, -1).map((arg) => arg.replaceAll('$$', '$'))
  const child = spawn(program, [...read, String(port)], { stdio: 'ignore' })
  expect(await once(child, 'exit')).toEqual([code, null])
  expect(asked).toBe(answer === undefined ? '' : 'GET /readyz HTTP/1.0\r\n\r\n')
})

interface HttpDefaults {
  readonly properties: {
    readonly drainBudgetMs: { readonly default: number }
    readonly maxHeldBodyBytes: { readonly default: number }
    readonly ports: { readonly properties: Readonly<Record<string, { readonly default: number }>> }
  }
}

test('a service is stopped later than its drain ends, and holds bodies of a sixth of its memory', () => {
  const { drainBudgetMs, maxHeldBodyBytes } = (configSections.http as unknown as HttpDefaults)
    .properties
  for (const name of Object.keys(PORTS)) {
    const seconds = Number(service(name).stop_grace_period?.replace(/s$/, ''))
    expect(seconds * 1000).toBeGreaterThanOrEqual(drainBudgetMs.default + 5000)
  }
  for (const name of ['gateway', 'inference-proxy', 'mcp'])
    expect(service(name).mem_limit).toBe(`${(maxHeldBodyBytes.default * 6) / 1024 / 1024}m`)
})

test('the proxy is never ended for its memory: all of its connections fit into it', () => {
  const connections = Number(/^ {2}fd-hard-limit (\d+)$/m.exec(proxy)?.[1]) / 2
  // Two buffers of 16 KiB and what HAProxy keeps of a connection: 17 KiB were measured with one of them in use.
  const needed = (connections * 36) / 1024
  expect(needed).toBeLessThan(1024)
  expect(service('proxy').mem_limit).toBe('1g')
})

test('the secrets are made first, without a network, and are read-only for all others', () => {
  const init = service('init')
  expect(init.network_mode).toBe('none')
  expect(init.volumes).toEqual(['secrets:/run/alkhub'])
  for (const name of names.filter((one) => one !== 'init' && one !== 'proxy'))
    expect(service(name).volumes).toContain('secrets:/run/alkhub:ro')
  const after = (name: string): string[] => {
    const needs = Object.keys(service(name).depends_on ?? {})
    return [...needs, ...needs.flatMap(after)]
  }
  for (const name of names.filter((one) => one !== 'init')) expect(after(name)).toContain('init')
})

test('every program and mounted file of the compose files exists', () => {
  const root = join(import.meta.dirname, '../../..')
  const programs = names.flatMap(
    (name) => service(name).command?.filter((word) => word.endsWith('.js')) ?? [],
  )
  expect(programs.length).toBe(8)
  expect(IMAGE_PROGRAM_FILES).toEqual(expect.arrayContaining(programs))
  const sources = Object.values(IMAGE_PROGRAMS.programs)
  const mounted = names.flatMap((name) =>
    (service(name).volumes ?? []).flatMap((one) =>
      one.startsWith('./') ? [one.split(':')[0] ?? ''] : [],
    ),
  )
  expect(mounted).toEqual(['./docker/haproxy.cfg'])
  expect([...sources, ...mounted].filter((path) => !existsSync(join(root, path)))).toEqual([])
})

test('with files, each container gets its own config and the master key, and no more', () => {
  const { services: changed, secrets = {} } = files
  for (const name of Object.keys(PORTS)) {
    const file = `${name.replaceAll('-', '_')}_config`
    expect(changed[name]?.secrets).toEqual(['master_key', file])
    expect(changed[name]?.environment).toEqual({
      ALKHUB_CONFIG_PATH: `/run/secrets/${file}`,
      ALKHUB_MASTER_KEY_PATH: '/run/secrets/master_key',
    })
    expect(secrets[file]?.file).toMatch(
      new RegExp(`/${serviceConfigFile(name as keyof typeof PORTS)}$`),
    )
  }
  const used = Object.values(changed).flatMap((one) => one.secrets ?? [])
  expect(new Set(used)).toEqual(new Set(Object.keys(secrets)))
  // Only the place of the ACL differs.
  expect(changed['redis']?.command).toEqual(
    service('redis').command?.map((word) =>
      word === '/run/alkhub/secrets/redis.acl' ? '/run/secrets/redis_acl' : word,
    ),
  )
})

test('no variable or argument of a container has a secret', () => {
  const texts = [...Object.values(services), ...Object.values(files.services)].flatMap((one) => [
    ...Object.entries(one.environment ?? {}).map((pair) => pair.join('=')),
    ...(one.command ?? []),
  ])
  for (const text of texts) expect(text).not.toMatch(/(password|key|secret)=(?!\/run\/)/i)
})

test('the proxy of the stack finds each service by its name and port, and waits longer than a call may take', () => {
  const servers = [...proxy.matchAll(/server-template \S+ 1-16 ([a-z-]+):(\d+)/g)].map((match) => [
    match[1],
    Number(match[2]),
  ])
  expect(new Set(servers.map(String))).toEqual(
    new Set([`gateway,${PORTS.gateway}`, `inference-proxy,${PORTS['inference-proxy']}`]),
  )
  expect(proxy).toContain('timeout server 11m')
  expect(proxy).toContain('timeout tunnel 1h')
  // Ends before Compose kills it.
  expect(proxy).toContain('hard-stop-after 10s')
  expect(service('proxy').stop_grace_period).toBe('15s')
})
