import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { compact } from '@alkdev/std'
import { getClientConnection } from '@alkdev/storage'
import { freePort } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOutsideStack } from '../testing/outside-stack.ts'
import type { OutsideStack } from '../testing/outside-stack.ts'

const require = createRequire(import.meta.url)
const document = JSON.stringify(require('@readme/oas-examples/3.0/json/petstore.json'))
const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const WAIT = { timeout: 60_000, interval: 100 }

const service = createServer((_request, response) =>
  response.setHeader('content-type', 'application/json').end('[]'),
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

test('a replica takes the services of a killed one over, and calls reach them from every replica', async () => {
  const at = await freePort()
  const settings = JSON.parse(await readFile(stack.configPath, 'utf8')) as {
    http: { ports: Record<string, number> }
  }
  settings.http.ports['mcp'] = at
  const path = stack.configPath.replace('config.json', 'second.json')
  await writeFile(path, JSON.stringify(settings), { mode: 0o600 })
  // What another process has compiled, this one need not.
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const child = spawn(process.execPath, [main], {
    env: { PATH, ...compact({ NODE_COMPILE_CACHE }), ALKHUB_CONFIG_PATH: path },
    stdio: 'ignore',
  })
  try {
    const { port } = service.address() as AddressInfo
    const config = { baseUrl: `http://127.0.0.1:${port}`, document }
    const { db } = stack.database
    const ready = () =>
      fetch(`http://127.0.0.1:${at}/readyz`).then(
        ({ status }) => status,
        () => 0,
      )
    await expect.poll(ready, WAIT).toBe(200)
    const clients = new Map<string, string>()
    const holders = async () =>
      Promise.all(
        [...clients.values()].map(async (id) => {
          const row = await getClientConnection(db, id)
          return row?.status === 'connected' ? row.instanceId : undefined
        }),
      )
    // Which replica takes a service is open: services are added until each replica holds one.
    while (clients.size < 20 && new Set(await holders()).size < 2) {
      const name = `store${clients.size}`
      clients.set(name, await stack.add(name, 'openapi', config))
      await expect.poll(async () => (await holders()).includes(undefined), WAIT).toBe(false)
    }
    expect(new Set(await holders()).size).toBe(2)
    const input = { status: ['sold'] }
    for (const name of clients.keys())
      await expect
        .poll(async () => (await stack.call(`${name}.findPetsByStatus`, input)).isError, WAIT)
        .toBe(false)
    child.kill('SIGKILL')
    await expect.poll(async () => new Set(await holders()).size, WAIT).toBe(1)
    for (const name of clients.keys())
      await expect
        .poll(async () => (await stack.call(`${name}.findPetsByStatus`, input)).isError, WAIT)
        .toBe(false)
  } finally {
    child.kill('SIGKILL')
  }
}, 120_000)
