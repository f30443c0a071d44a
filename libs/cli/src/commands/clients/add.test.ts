import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AnsweringListener } from '../../testing/answering-listener.ts'
import { run } from '../../testing/memory-io.ts'

// A listener instead of a hub, and a service with its document.

const hub = new AnsweringListener(({ operation }) => answers[operation])
const answers: Record<string, unknown> = {
  'clients.test': { ok: true, usable: 1, offered: 1, operations: [{ name: 'one' }], refused: [] },
  'clients.create': { name: 'pets' },
  'clients.refresh': { name: 'pets', connection: { status: 'connected' } },
}
const documents: Readonly<Record<string, string>> = {
  '/relative/openapi.json': '{"openapi": "3.1.0", "servers": [{"url": "../v1/"}]}',
  '/root/openapi.yaml': 'openapi: 3.1.0\nservers:\n  - url: /v2\n',
  '/whole/openapi.json':
    '{"servers": [{"description": "x", "url": "https://pets.example.com/v3"}]}',
  '/none/openapi.json': '{"openapi": "3.1.0"}',
}
const service = createServer(({ url = '' }, response) => {
  const document = documents[url]
  response.writeHead(document === undefined ? 404 : 200).end(document)
})
let origin = ''
beforeAll(async () => {
  await hub.start()
  await new Promise<void>((resolve) => void service.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
})
afterAll(async () => {
  service.close()
  await hub.stop()
})

test.each([
  ['/relative/openapi.json', 'ORIGIN/v1'],
  ['/root/openapi.yaml', 'ORIGIN/v2'],
  ['/whole/openapi.json', 'https://pets.example.com/v3'],
  ['/none/openapi.json', 'ORIGIN'],
  ['/absent/openapi.json', 'ORIGIN'],
])('the paths of the document at %s begin at %s', async (path, baseUrl) => {
  const { code, out } = await run(['clients', 'add', 'pets', `${origin}${path}`, ...hub.args])
  const expected = baseUrl.replace('ORIGIN', origin)
  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringContaining(`whose paths begin at ${expected}.`),
  })
  const created = hub.calls.findLast(({ operation }) => operation === 'clients.create')
  expect(created?.input).toMatchObject({ config: { baseUrl: expected } })
})

test('a file whose server is relative needs --base-url', async () => {
  const file = join(hub.folder, 'openapi.json')
  await writeFile(file, '{"servers": [{"url": "/v1"}]}')
  const { code, err } = await run(['clients', 'add', 'pets', file, ...hub.args])
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('--base-url') })
})

test('a program is added to the config file of the mcp service, and to no hub', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-add-'))
  const here = { cwd: dir.path }
  await run(['config', 'init', '--dir', 'made'], here)
  const before = hub.calls.length
  const added = ['clients', 'add', 'files', 'npx', '--pinned', '--config', 'made/mcp.json']
  const { code, out, err } = await run([...added, '--', '-y', 'server-files', '/srv'], here)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('Added the program npx -y server-files /srv as files to ')
  const get = ['config', 'get', 'mcpServers.files', '--config', 'made/mcp.json', '--json']
  expect(JSON.parse((await run(get, here)).out)).toEqual({
    command: 'npx',
    args: ['-y', 'server-files', '/srv'],
    pinned: true,
  })
  const twice = await run(added, here)
  expect({ code: twice.code, err: twice.err }).toEqual({
    code: 1,
    err: expect.stringContaining('has a server files already'),
  })
  expect(hub.calls).toHaveLength(before)
})

test('a client is added, and connected when the command ends', async () => {
  const { code, out } = await run(['clients', 'add', 'pets', `${origin}/mcp`, ...hub.args])
  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringMatching(/Added pets\. `\S+ ops --namespace pets` lists its operations\./),
  })
  expect(hub.calls.slice(-2).map(({ operation }) => operation)).toEqual([
    'clients.create',
    'clients.refresh',
  ])
})

test('a service of which nothing can be used is added with --in-any-case alone', async () => {
  const before = answers['clients.test']
  const refused = [{ name: 'GET /a', reason: 'It refers back to itself.' }]
  answers['clients.test'] = { ok: true, usable: 0, offered: 1, operations: [], refused }
  const added = ['clients', 'add', 'pets', `${origin}/mcp`, ...hub.args]
  const calls = hub.calls.length
  const { code, err } = await run(added)
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(
      /pets was not added\. None of the 1 that it offers can be used\.\s+not GET \/a: It refers back to itself\./,
    ),
  })
  expect(hub.calls.slice(calls).map(({ operation }) => operation)).toEqual(['clients.test'])
  const anyway = await run([...added, '--in-any-case'])
  answers['clients.test'] = before
  expect(anyway.code).toBe(0)
})

test('a client that the hub has not connected yet is added all the same', async () => {
  const before = answers['clients.refresh']
  answers['clients.refresh'] = { name: 'pets', connection: { status: 'connecting' } }
  const { code, out } = await run(['clients', 'add', 'pets', `${origin}/mcp`, ...hub.args])
  answers['clients.refresh'] = before
  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringContaining('Added pets. Once the hub is connected, '),
  })
})

test('a program is not added to another hub', async () => {
  const { code, err } = await run(['clients', 'add', 'files', 'npx', ...hub.args, '--', '-y', 'x'])
  expect(code).toBe(1)
  expect(err).toContain('a program can not be added to another hub')
  expect(err).toContain('`files: {command: npx, args: [-y, x]}`')
})

test.each([
  [['--header', 'x-api-key'], '--header is not for a program'],
  [['--in-any-case'], '--in-any-case is not for a program'],
])('an option of addresses is refused for a program: %j', async (flags, text) => {
  const { code, err } = await run(['clients', 'add', 'files', 'npx', ...flags])
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(text) })
})
