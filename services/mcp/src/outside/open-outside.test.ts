import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AddressPolicy } from '@alkdev/outbound'
import type { CallError, OperationContext, ResponseEnvelope } from '@alkdev/operations'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { inCallScope } from './call-scope.ts'
import { explain } from './error-text.ts'
import { openOutside } from './open-outside.ts'
import type { OutsideConnection } from './outside-connection.ts'
import { errorWithoutSecrets, secretsOf } from './secret-texts.ts'
import { settingsOfConfig, settingsOfServer } from './settings.ts'
import type { OutsideSettings } from './settings.ts'
import { takeOperations } from './to-operations.ts'

const require = createRequire(import.meta.url)
const packageFolder = (name: string): string => dirname(require.resolve(`${name}/package.json`))
const everything = join(packageFolder('@modelcontextprotocol/server-everything'), 'dist/index.js')
const hostile = fileURLToPath(new URL('../testing/hostile-server.ts', import.meta.url))
const command = process.execPath

const policy = new AddressPolicy({ allow: ['127.0.0.1'], denyPorts: [] })
const options = { policy, deploymentId: 'test' }
const servers: Server[] = []
afterAll(() => {
  for (const server of servers) server.close()
})

async function serve(
  answer: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => answer(request, body, response))
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function open(settings: OutsideSettings): Promise<OutsideConnection> {
  const connection = await openOutside(settings, options)
  onTestFinished(() => connection.close())
  return connection
}

test('a service that wants a secret names the way to give it, for a stored client and for one that is not stored yet', async () => {
  const url = await serve((_request, _body, response) => response.writeHead(401).end())
  const settings = settingsOfConfig('docs', 'mcp-server', { url }, undefined)
  const error: unknown = await openOutside(settings, options).catch((caught: unknown) => caught)
  expect(explain(error, settings).fix).toBe(
    'Give its secret: `alkhub clients update docs --secret-file FILE`.',
  )
  expect(explain(error, settings, false).fix).toBe('Give its secret with --secret-file FILE.')
})

test('an address at which nothing listens is explained as one sentence', async () => {
  const settings = settingsOfConfig('docs', 'mcp-server', { url: 'http://127.0.0.1:1' }, undefined)
  const error: unknown = await openOutside(settings, options).catch((caught: unknown) => caught)
  expect(explain(error, settings).message).toMatch(/^The (?:connection to the )?MCP server docs /)
})

const program = (mode: string, more: object = {}): OutsideSettings =>
  settingsOfServer('bad', { command, args: [hostile, mode], ...more })

async function call(
  connection: OutsideConnection,
  name: string,
  input: object,
): Promise<ResponseEnvelope> {
  const definition = connection.definitions.find((one) => one.name === name)
  if (definition === undefined) throw new Error(`there is no ${name}`)
  const handler = definition.handler as (
    input: unknown,
    context: OperationContext,
  ) => Promise<ResponseEnvelope>
  return handler(input, {})
}

const failure = async (settings: OutsideSettings) =>
  openOutside(settings, options).then(
    (connection) => connection.close().then(() => undefined),
    (error: unknown) => explain(error, settings),
  )

test('a server of npm is used over HTTP', async () => {
  const port = Number(new URL(await serve(() => {})).port)
  servers.pop()?.close()
  const child = spawn(command, [everything, 'streamableHttp'], {
    env: { PATH: process.env['PATH'], PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stderr, 'data')
  const url = `http://127.0.0.1:${port}/mcp`
  const connection = await open(settingsOfConfig('every', 'mcp-server', { url }, undefined))
  const answer = await call(connection, 'echo', { message: 'hi' })
  expect(JSON.stringify(answer.data)).toContain('Echo: hi')
}, 60_000)

test('a program gets the variables of its settings and few others', async () => {
  const connection = await open(program('plain', { env: { ONLY: { reveal: () => 'this' } } }))
  const { data } = await call(connection, 'ask', {})
  const variables = JSON.stringify(data).match(/[A-Z_]{2,}/g) ?? []
  expect(variables).toContain('ONLY')
  const more = variables.filter(
    (name) => !['ONLY', 'PATH', 'HOME', 'LANG', 'TMPDIR'].includes(name),
  )
  expect(more).toEqual([])
}, 60_000)

test.each([
  ['that is not there', { command: 'alkhub-no-such-program' }, 'ENOENT'],
  ['in a folder that is not there', { command, cwd: '/no/such/folder' }, 'ENOENT'],
  ['that is a folder', { command: '/' }, 'EACCES'],
])('a program %s is said not to start', async (_, server, code) => {
  const { message, fix } = (await failure(settingsOfServer('bad', { args: [], ...server }))) ?? {}
  expect(message).toContain(`The program cannot be started (${code})`)
  expect(fix).toContain('`mcpServers`')
})

test.each([
  ['garbage', 'lines that are no messages'],
  ['line', 'a line of more than'],
])(
  'a program that sends %s is ended, and the error says why',
  async (mode, reason) => {
    expect((await failure(program(mode)))?.message).toContain(reason)
  },
  60_000,
)

test('a program that uses too much memory is ended', async () => {
  const connection = await open(program('memory', { memoryMiB: 200 }))
  expect(await connection.ended).toContain('more memory than 200 MiB')
}, 60_000)

test('a program that reports changes without end is read slowly and still answers', async () => {
  const connection = await open(program('flood'))
  const { data } = await call(connection, 'ask', {})
  expect(JSON.stringify(data)).toContain('PATH')
}, 60_000)

test('a command that is not there is an error with its fix', async () => {
  const settings = settingsOfServer('nowhere', { command: '/no/such/program' })
  expect(await failure(settings)).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    fix: expect.stringContaining('mcpServers'),
  })
})

test('a private address is refused unless the operator allows it', async () => {
  const url = await serve((_request, _body, response) => response.end('inside'))
  const settings = settingsOfConfig('inside', 'mcp-server', { url: `${url}/mcp` }, undefined)
  const closed = { ...options, policy: new AddressPolicy({ allow: [], denyPorts: [] }) }
  const refusal = await openOutside(settings, closed).catch((error: unknown) => explain(error))
  expect(refusal).toMatchObject({
    code: 'ACCESS_DENIED',
    fix: expect.stringContaining('outbound.allow'),
  })
})

const petstore = JSON.parse(
  JSON.stringify(require('@readme/oas-examples/3.0/json/petstore.json')),
) as object

test('the paths of an OpenAPI document of npm are called with the secret in the header of the config', async () => {
  const seen: { url?: string | undefined; key: unknown; hops: unknown }[] = []
  const baseUrl = await serve((request, _body, response) => {
    if (request.url === '/openapi.json') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(petstore))
      return
    }
    seen.push({
      url: request.url,
      key: request.headers['x-key'],
      hops: request.headers['x-alkhub-hops'],
    })
    response.setHeader('content-type', 'application/json').end('[]')
  })
  const connection = await open(
    settingsOfConfig(
      'pets',
      'openapi',
      { baseUrl, documentUrl: `${baseUrl}/openapi.json`, auth: { header: 'x-key' } },
      'secret-key',
    ),
  )
  await inCallScope(4, () => call(connection, 'findPetsByStatus', { status: ['sold'] }))
  expect(seen).toEqual([
    { url: '/pet/findByStatus?status=sold', key: 'secret-key', hops: 'test:5' },
  ])
})

test('a token of OAuth client credentials is shared, and replaced when the service refuses it', async () => {
  const asked: string[] = []
  const seen: unknown[] = []
  const url = await serve((request, body, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url === '/token') {
      asked.push(`${request.headers.authorization} ${body}`)
      response.end(JSON.stringify({ access_token: `token-${asked.length}`, expires_in: 3600 }))
      return
    }
    seen.push(request.headers.authorization)
    if (request.headers.authorization === 'Bearer token-1' && seen.length > 1)
      response.statusCode = 401
    response.end('[]')
  })
  const connection = await open(
    settingsOfConfig(
      'pets',
      'openapi',
      {
        baseUrl: url,
        document: JSON.stringify(petstore),
        oauth: { tokenUrl: `${url}/token`, clientId: 'hub', scope: 'pets' },
      },
      'client-secret',
    ),
  )
  for (let turn = 0; turn < 3; turn += 1)
    await call(connection, 'findPetsByStatus', { status: ['sold'] })
  const basic = Buffer.from('hub:client-secret').toString('base64')
  const request = `Basic ${basic} grant_type=client_credentials&scope=pets`
  expect(asked).toEqual([request, request])
  expect(seen).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2', 'Bearer token-2'])
})

test('a service that repeats its access token in errors does not get it to callers', async () => {
  const url = await serve((request, _body, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url === '/token') {
      response.end(JSON.stringify({ access_token: 'issued-token', expires_in: 3600 }))
      return
    }
    response.statusCode = 400
    response.end(JSON.stringify({ detail: `Not for ${request.headers.authorization}.` }))
  })
  const oauth = { tokenUrl: `${url}/token`, clientId: 'hub' }
  const config = { baseUrl: url, document: JSON.stringify(petstore), oauth }
  const settings = settingsOfConfig('pets', 'openapi', config, 'client-secret')
  const connection = await open(settings)
  const error: unknown = await call(connection, 'findPetsByStatus', { status: ['sold'] }).catch(
    (caught: unknown) => caught,
  )
  const shown = errorWithoutSecrets(error, secretsOf(settings)) as CallError
  const text = JSON.stringify([shown.message, shown.details])
  expect(text).toContain('Not for Bearer [secret].')
  expect(text + JSON.stringify(explain(error, settings))).not.toContain('issued-token')
})

test('an answer beyond the limit is refused', async () => {
  const url = await serve((_request, _body, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(`"${'x'.repeat(9 * 1024 * 1024)}"`)
  })
  const config = { baseUrl: url, document: JSON.stringify(petstore) }
  const connection = await open(settingsOfConfig('pets', 'openapi', config, undefined))
  await expect(call(connection, 'findPetsByStatus', { status: ['sold'] })).rejects.toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
  })
})

test('a real document becomes operations within the limits, with what the settings exclude left out', async () => {
  const figma = join(packageFolder('@figma/rest-api-spec'), 'openapi/openapi.yaml')
  const { readFile } = await import('node:fs/promises')
  const document = await readFile(figma, 'utf8')
  const config = { baseUrl: 'https://api.figma.com', document, exclude: ['delete*'] }
  const settings = settingsOfConfig('figma', 'openapi', config, undefined)
  const connection = await open(settings)
  const taken = takeOperations(connection.definitions, settings)
  expect(taken.operations.length).toBeGreaterThan(30)
  const names = taken.operations.map(({ spec }) => spec.name)
  expect(names).toContain('getFile')
  expect(names.filter((name) => name.startsWith('delete'))).toEqual([])
  expect(taken.operations.find(({ spec }) => spec.name === 'getFile')?.spec).toMatchObject({
    type: 'query',
    pool: false,
  })
}, 60_000)
