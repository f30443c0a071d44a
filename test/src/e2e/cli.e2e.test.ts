import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { devOperations } from '@alkdev/dev-spoke'
import { attachSpoke } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
import { Client as ModernClient } from '@modelcontextprotocol/client'
import { StdioClientTransport as ModernStdio } from '@modelcontextprotocol/client/stdio'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileCache } from '../compile-cache.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'
import { commandMain } from '../programs.ts'

const main = commandMain()

let hub: TestStack
let folder: string
let spoke: Spoke
let hubFlags: readonly string[]

beforeAll(async () => {
  hub = await startTestStack()
  folder = mkdtempSync(join(tmpdir(), 'alkhub-cli-'))
  writeFileSync(join(folder, 'admin.key'), `${hub.admin.key}\n`, { mode: 0o600 })
  mkdirSync(join(folder, 'served'))
  writeFileSync(join(folder, 'served/README.md'), '# Read over stdio\n')
  hubFlags = ['--hub', hub.gateway, '--key-file', join(folder, 'admin.key')]
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  spoke = attachSpoke({
    hub: hub.broker,
    key,
    name: 'desk',
    spokeType: 'dev-env',
    operations: await devOperations({ folder: join(folder, 'served'), allowShell: true }),
  })
  await spoke.attached()
})
afterAll(async () => {
  await spoke?.stop()
  await hub?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the command as a process in the folder of the test, against the hub of the test. */
function alkhub(argv: readonly string[], input = ''): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [main, ...argv, ...(argv.includes('--key-file') ? hubFlags.slice(0, 2) : hubFlags)],
      { cwd: folder, env: { ...compileCache(), PATH: process.env['PATH'] ?? '' } },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
    child.stdin?.end(input)
  })
}

test('a key is made, listed, rotated with a grace period and revoked; the hub believes each of it', async () => {
  const file = join(folder, 'ci.key')
  const made = await alkhub([
    'keys',
    'create',
    'ci',
    '--scope',
    'tasks:read',
    '--expires',
    '90d',
    '--to',
    file,
  ])
  expect(made).toMatchObject({ code: 0, err: '' })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const key = readFileSync(file, 'utf8').trim()
  expect(made.out).not.toContain(key)
  const keyId = /\((.+)\)/.exec(made.out)?.[1] ?? ''
  const me = await fetch(`${hub.gateway}/api/operations/accounts.me`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: '{}',
  })
  expect(await me.json()).toMatchObject({ data: { keyId, scopes: ['tasks:read'] } })

  const listed = await alkhub(['keys', 'list'])
  expect(listed.out).toMatch(new RegExp(`^${keyId} +ci +valid until \\d{4}-.* tasks:read$`, 'm'))
  const rotated = JSON.parse(
    (await alkhub(['keys', 'rotate', keyId, '--grace', '1h', '--json'])).out,
  )
  expect(rotated).toMatchObject({ scopes: ['tasks:read'], key: expect.stringMatching(/^alk_/) })
  expect((await alkhub(['keys', 'revoke', rotated.keyId])).out).toBe(`Revoked ${rotated.keyId}.\n`)
  const { items } = JSON.parse((await alkhub(['keys', 'list', '--all', '--json'])).out)
  const found = items.find((one: { keyId: string }) => one.keyId === rotated.keyId)
  expect(found.revokedAt).toBeTypeOf('string')
  expect(JSON.stringify(items)).not.toContain(rotated.key)
})

test('a key cannot be given more than its maker has, and the sentence says what is missing', async () => {
  const { key } = await hub.createKey(['keys:write', 'tasks:read'])
  const file = join(folder, 'narrow.key')
  writeFileSync(file, key)
  const { code, err } = await alkhub([
    'keys',
    'create',
    'more',
    '--scope',
    'fs:write',
    '--key-file',
    file,
  ])
  expect(code).toBe(4)
  expect(err).toContain(
    'alkhub: ACCESS_DENIED: A key can be given at most the rights that the caller has. Missing: fs:write.',
  )
})

test('a spoke with a key that is not valid, or may not attach, ends as refused', async () => {
  const { key } = await hub.createKey(['tasks:read'])
  for (const [text, says] of [
    [`${key.slice(0, -6)}aaaaaa`, 'The key is not valid'],
    [key, 'spokes:attach'],
  ] as const) {
    const file = join(folder, 'spoke.key')
    writeFileSync(file, text)
    const argv = ['spoke', '--dir', folder, '--name', 'refused', '--key-file', file]
    // oxlint-disable-next-line no-await-in-loop -- one spoke after the other
    const { code, err } = await alkhub(argv)
    expect([code, err]).toEqual([4, expect.stringContaining(says)])
  }
})

test('a provider is added with its key from standard input, listed without it, and removed', async () => {
  const added = await alkhub(
    [
      'providers',
      'add',
      'acme',
      '--url',
      'http://127.0.0.1:9/v1',
      '--model',
      'm-1',
      '--no-test',
      '--secret-file',
      '-',
    ],
    'sk-planted-5\n',
  )
  expect(added).toEqual({
    code: 0,
    out: 'Added acme. Name its models in requests like this: acme/m-1.\n',
    err: '',
  })
  const listed = await alkhub(['providers', 'list'])
  expect(listed.out).toMatch(/^acme +on +yes +openai +http:\/\/127\.0\.0\.1:9\/v1 +m-1$/m)
  expect(listed.out).not.toContain('planted')
  const silent = await alkhub(['providers', 'add', 'other', '--url', 'http://127.0.0.1:9/v1'])
  expect(silent.err).toContain('The API key of other was not given.')
  expect((await alkhub(['providers', 'remove', 'acme'])).out).toBe('Removed acme.\n')
  expect((await alkhub(['providers', 'remove', 'acme'])).err).toBe(
    'alkhub: There is no provider acme. Find its name with `alkhub providers list`.\n',
  )
})

test('spokes are listed, shown and disconnected; those that are gone are hidden and can be deleted', async () => {
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  const second = attachSpoke({
    hub: hub.broker,
    key,
    name: 'lamp',
    spokeType: 'dev-env',
    operations: await devOperations({ folder: join(folder, 'served'), allowShell: false }),
  })
  await second.attached()
  expect((await alkhub(['spokes', 'list'])).out).toMatch(/^lamp +dev-env +connected +\d+ /m)
  expect((await alkhub(['spokes', 'get', 'lamp'])).out).toMatch(
    /^dev\.lamp\.fs\.read +fs\.read +active *$/m,
  )
  const gone = await alkhub(['spokes', 'disconnect', 'lamp'])
  expect(gone.out).toBe('Disconnected lamp.\n')
  await second.stop()
  expect((await alkhub(['spokes', 'list'])).out).not.toContain('lamp')
  expect((await alkhub(['spokes', 'list', '--all'])).out).toMatch(/^lamp +dev-env +disconnected /m)
  expect((await alkhub(['ops', '--namespace', 'dev.lamp'])).out).toContain('No operation')
  expect((await alkhub(['ops', '--namespace', 'dev.lamp', '--all'])).out).toMatch(
    /^dev\.lamp\.fs\.read +query +\(no provider now\) /m,
  )
  expect((await alkhub(['ops', 'read', 'a', 'file'])).out).not.toContain('lamp')
  const attached = await alkhub(['spokes', 'delete', 'desk'])
  expect(attached).toMatchObject({ code: 1, err: expect.stringMatching(/CONFLICT: desk is not/) })
  expect((await alkhub(['spokes', 'delete', 'lamp'])).out).toBe('Deleted lamp.\n')
  expect((await alkhub(['spokes', 'list', '--all'])).out).not.toContain('lamp')
  expect((await alkhub(['ops', '--namespace', 'dev.lamp', '--all'])).out).toContain('No operation')
  const audited = await alkhub(['audit', 'list', '--action', 'spokes.deleted', '--json'])
  expect(JSON.parse(audited.out)).toMatchObject({
    items: [{ targetType: 'spoke', data: { name: 'lamp' } }],
  })
  expect((await alkhub(['spokes', 'get', 'unknown'])).err).toMatch(/^alkhub: SPOKE_NOT_FOUND: /)
})

test('task files are synced, changed, pruned and listed from the hub', async () => {
  const tasks = join(folder, 'tasks')
  mkdirSync(tasks)
  const write = (id: string, on: string): void =>
    writeFileSync(
      join(tasks, `${id}.md`),
      `---\nid: ${id}\nname: Do ${id}\ndepends_on: [${on}]\n---\n`,
    )
  write('a', '')
  write('b', 'a')
  expect((await alkhub(['tasks', 'sync', 'tasks'])).out).toBe(
    'Project default: 2 created; 1 dependency.\n',
  )
  expect((await alkhub(['tasks', 'sync'])).out).toBe(
    'Project default: 2 unchanged; 1 dependency.\n',
  )
  rmSync(join(tasks, 'b.md'))
  write('c', 'a')
  const pruned = JSON.parse((await alkhub(['tasks', 'sync', '--prune', '--json'])).out)
  expect(pruned).toMatchObject({ created: 1, unchanged: 1, removed: 1, dependencies: 1 })
  expect((await alkhub(['tasks', 'list', '--synced'])).out).toMatch(
    /^c +pending +- +- +- +1 +Do c$/m,
  )
  const missing = await alkhub(['tasks', 'list', '--synced', '--project', 'nowhere'])
  expect(missing.code).toBe(1)
  expect(missing.err).toContain('PROJECT_NOT_FOUND: There is no project nowhere.')
})

test('ops shows the input members of an operation and a line that calls it', async () => {
  const { code, out } = await alkhub(['ops', 'keys.create'])
  expect(code).toBe(0)
  expect(out).toMatch(/^ {2}name +string +required$/m)
  expect(out).toMatch(/^ {2}expiresAt +string +optional +Not later than the end of the key/m)
  expect(out).toContain(`alkhub call keys.create '{"name":"...","scopes":["..."]}'`)
})

test('ops of a name that no operation has lists a namespace, or suggests the nearest name', async () => {
  const keys = await alkhub(['ops', 'keys', '--json'])
  const { items } = JSON.parse(keys.out) as { items: { operationId: string }[] }
  expect(new Set(items.map(({ operationId }) => operationId.split('.')[0]))).toEqual(
    new Set(['keys']),
  )
  const namespace = await alkhub(['ops', 'dev.desk.fs'])
  expect(namespace.out).toMatch(/^dev\.desk\.fs\.read +query/m)
  expect(namespace.out).not.toContain('dev.desk.git')
  const near = await alkhub(['ops', 'keys.creat'])
  expect([near.code, near.err.match(/`keys\.create`/g)]).toEqual([1, ['`keys.create`']])
  const { code, out, err } = await alkhub(['ops', 'no.such'])
  expect([code, out]).toEqual([1, ''])
  expect(err).toContain('There is no operation no.such.')
})

test('types of a namespace without operations are refused, and no file is written', async () => {
  const { code, err } = await alkhub(['types', '--namespace', 'nosuch', '--out', 'none.ts'])
  expect([code, err]).toEqual([1, expect.stringContaining('in the namespace nosuch')])
})

test('a failed call tells code, message, details, call id and exit code, as text and as JSON', async () => {
  const call = ['call', 'keys.create', '{"name":1}']
  const text = await alkhub(call)
  expect(text).toMatchObject({ code: 1, out: '' })
  expect(text.err).toMatch(
    /^alkhub: VALIDATION_ERROR: The input of keys\.create does not fit:\n {2}\/scopes: is required\n {2}\/name: must be string\n`alkhub ops keys\.create` shows what the operation takes\.\n {2}call [0-9a-f-]{36}\n$/,
  )
  const json = await alkhub([...call, '--json'])
  expect(json).toMatchObject({ code: 1, err: '' })
  expect(JSON.parse(json.out)).toEqual({
    error: {
      code: 'VALIDATION_ERROR',
      message: expect.stringContaining('The input of keys.create does not fit'),
      fix: expect.stringContaining('alkhub ops keys.create'),
      details: { errors: expect.arrayContaining([{ path: '/scopes', message: 'is required' }]) },
      callId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    },
  })
})

test('a name that is almost an operation gets the operation that was meant', async () => {
  expect((await alkhub(['call', 'keys.craete'])).err).toContain('Did you mean `keys.create`?')
  expect((await alkhub(['schema', 'dev.dsk.fs.read'])).err).toContain('`dev.desk.fs.read`')
  expect((await alkhub(['__complete', 'call', 'dev.desk.git.s'])).out).toBe('')
})

test('the exit code is 4 without a valid key', async () => {
  const file = join(folder, 'wrong.key')
  writeFileSync(file, `alk_${'x'.repeat(50)}`)
  expect(await alkhub(['call', 'accounts.me', '--key-file', file])).toMatchObject({ code: 4 })
})

test('a rate limit says when to try again', async () => {
  const { key, keyId } = await hub.createKey(['*'])
  const file = join(folder, 'limited.key')
  writeFileSync(file, key)
  await alkhub(['limits', 'set', '--key', keyId, '--per-minute', '1'])
  const call = ['call', 'accounts.me', '--key-file', file, '--json']
  expect(await alkhub(call)).toMatchObject({ code: 0 })
  const { code, out } = await alkhub(call)
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({
    error: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) },
  })
})

test('openapi prints the document of the hub with the address of the hub as its server', async () => {
  const { out } = await alkhub(['openapi', '--json'])
  expect(JSON.parse(out)).toMatchObject({ openapi: '3.1.0', servers: [{ url: hub.gateway }] })
})

const relay = (): { command: string; args: string[]; cwd: string } => ({
  command: process.execPath,
  args: [main, 'mcp', ...hubFlags],
  cwd: folder,
})

test('an MCP client that starts `alkhub mcp` works as over HTTP, with progress and cancelling', async () => {
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(new StdioClientTransport(relay()))
  const { tools } = await client.listTools()
  expect(tools.map((tool) => tool.name).toSorted()).toEqual([
    'call',
    'list',
    'query',
    'schema',
    'search',
  ])
  const input = { operationId: 'dev.desk.fs.read', input: { path: 'README.md' } }
  const read = await client.callTool({ name: 'call', arguments: input })
  expect(read.structuredContent).toMatchObject({ content: '# Read over stdio\n' })

  const seen: unknown[] = []
  const mark = join(folder, 'served/not-stopped')
  const leave = new AbortController()
  const running = client.callTool(
    {
      name: 'call',
      arguments: {
        operationId: 'dev.desk.shell.run',
        input: { command: `echo started; sleep 2; touch ${mark}` },
      },
    },
    undefined,
    {
      signal: leave.signal,
      onprogress: (progress) => {
        seen.push(progress)
        leave.abort()
      },
    },
  )
  await expect(running).rejects.toThrow(/abort/i)
  expect(seen.length).toBeGreaterThan(0)
  // The command in the spoke has ended when this call, which comes after it, has waited longer than it would have slept.
  const wait = { operationId: 'dev.desk.shell.run', input: { command: 'sleep 3' } }
  await client.callTool({ name: 'call', arguments: wait })
  expect(() => statSync(mark)).toThrow('ENOENT')
  await client.close()
})

const shell = (command: string): string[] => [
  'call',
  'dev.desk.shell.run',
  JSON.stringify({ command }),
]

test('call reads its input from stdin for `-`', async () => {
  const done = await alkhub(['call', 'dev.desk.fs.read', '-'], '{"path":\n"README.md"}\n')
  expect(done).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(done.out)).toMatchObject({ content: '# Read over stdio\n' })
  const wrong = await alkhub(['call', 'dev.desk.fs.read', '-'], '{"path":')
  expect(wrong).toMatchObject({ code: 2, out: '' })
  expect(wrong.err).toMatch(/^alkhub: The input is not JSON: /)
})

test('call prints a subscription line by line, each item as JSON', async () => {
  const run = await alkhub(shell('echo one; sleep 0.3; echo two >&2'))
  expect(run).toMatchObject({ code: 0, err: '' })
  const items = run.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(items.length).toBeGreaterThanOrEqual(3)
  expect(JSON.stringify(items)).toMatch(/one.*two/)
})

test('call ends a subscription after --timeout-ms, and takes no idempotency key for one', async () => {
  const late = await alkhub([...shell('echo one; sleep 20'), '--timeout-ms', '1500'])
  expect(late).toMatchObject({ code: 1, out: expect.stringContaining('one') })
  expect(late.err).toMatch(/^alkhub: TIMEOUT: /)
  const keyed = await alkhub([...shell('echo one'), '--idempotency-key', 'k1'])
  expect(keyed).toEqual({
    code: 1,
    out: '',
    err: 'alkhub: dev.desk.shell.run is a subscription: its items are not kept, so it cannot be run once for two calls. Call it without --idempotency-key.\n',
  })
})

test('a client of the newer MCP era works through the relay too', async () => {
  const client = new ModernClient(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  )
  await client.connect(new ModernStdio(relay()))
  const { tools } = await client.listTools()
  expect(tools).toHaveLength(5)
  const input = { operationId: 'dev.desk.fs.read', input: { path: 'README.md' } }
  const read = await client.callTool({ name: 'call', arguments: input })
  expect(read.structuredContent).toMatchObject({ content: '# Read over stdio\n' })
  const failed = await client.callTool({ name: 'call', arguments: { operationId: 'no.such' } })
  expect(failed).toMatchObject({ isError: true })
  await client.close()
})
