import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOutsideStack } from '../testing/outside-stack.ts'
import type { OutsideStack } from '../testing/outside-stack.ts'

const require = createRequire(import.meta.url)
const WAIT = { timeout: 60_000, interval: 200 }

/** Answers each request with its method and its path. */
const service = createServer((request, response) =>
  response
    .setHeader('content-type', 'application/json')
    .end(JSON.stringify({ asked: `${request.method} ${request.url}` })),
)
let stack: OutsideStack

beforeAll(async () => {
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  stack = await startOutsideStack()
}, 60_000)
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]()
  service.close()
})

const figma = join(
  dirname(require.resolve('@figma/rest-api-spec/package.json')),
  'openapi/openapi.yaml',
)

test.each([
  ['uspto', require.resolve('@readme/oas-examples/3.0/json/uspto.json'), 'list-data-sets', 'GET /'],
  [
    'readme',
    require.resolve('@readme/oas-examples/3.1/json/readme.json'),
    'getChangelogs',
    'GET /changelogs',
  ],
  [
    'trains',
    require.resolve('@readme/oas-examples/3.1/json/train-travel.json'),
    'get-stations',
    'GET /stations',
  ],
  ['figma', figma, 'getMe', 'GET /v1/me'],
  [
    'petstore',
    require.resolve('@readme/oas-examples/3.0/json/petstore.json'),
    'getInventory',
    'GET /store/inventory',
  ],
])(
  'the document of %s is attached, and its operation is called through the hub',
  async (name, path, operation, asked) => {
    const document = await readFile(path, 'utf8')
    const { port } = service.address() as AddressInfo
    await stack.add(name, 'openapi', { baseUrl: `http://127.0.0.1:${port}`, document })
    await expect.poll(() => stack.list(name), WAIT).toContain(`${name}.${operation}`)
    await expect
      .poll(async () => JSON.stringify((await stack.call(`${name}.${operation}`)).data), WAIT)
      .toContain(asked)
  },
  120_000,
)
