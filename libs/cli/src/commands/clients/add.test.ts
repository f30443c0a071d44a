import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AnsweringListener } from '../../testing/answering-listener.ts'
import { run } from '../../testing/memory-io.ts'

// A listener instead of a hub, and a service with its document.

const hub = new AnsweringListener(({ operation }) =>
  operation === 'clients.test' ? { ok: true, operations: [], refused: [] } : { name: 'pets' },
)
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
  expect(hub.calls.at(-1)?.input).toMatchObject({ config: { baseUrl: expected } })
})

test('a file whose server is relative needs --base-url', async () => {
  const file = join(hub.folder, 'openapi.json')
  await writeFile(file, '{"servers": [{"url": "/v1"}]}')
  const { code, err } = await run(['clients', 'add', 'pets', file, ...hub.args])
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('--base-url') })
})
