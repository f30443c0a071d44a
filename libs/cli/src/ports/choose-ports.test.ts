import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { choosePorts, DEFAULT_PORT, serviceNames } from './choose-ports.ts'
import { portOwner } from './port-owner.mjs'

const host = '127.0.0.1'
let folder = ''
let files = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alkhub-ports-'))
})
afterAll(() => rm(folder, { recursive: true }))

const file = (): string => join(folder, `ports-${(files += 1)}.json`)

/** A process of the system that listens on the port, as another program would. */
async function listener(port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer()
  server.listen(port, host)
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

/** A first port of five free ones, from the chooser itself. */
async function freeBlock(): Promise<number> {
  const blocker = await listener(DEFAULT_PORT).catch(() => undefined)
  const chosen = await choosePorts({ host, file: file() })
  await chosen.release()
  blocker?.server.close()
  return chosen.ports.gateway
}

test('the five ports follow each other, are held until they are released, and are remembered', async () => {
  const first = await freeBlock()
  const path = file()
  const chosen = await choosePorts({ wanted: first, host, file: path })
  expect(serviceNames.map((name) => chosen.ports[name])).toEqual(
    [0, 1, 2, 3, 4].map((n) => first + n),
  )
  await expect(choosePorts({ wanted: first, host, file: file() })).rejects.toThrow('is taken')
  await chosen.release()
  await chosen.remember()
  const again = await choosePorts({ host, file: path })
  expect(again).toMatchObject({ ports: { gateway: first } })
  expect(again.note).toBeUndefined()
  await again.release()
})

test('a remembered port that is taken is named with its process, other ports are used, and it stays remembered', async () => {
  const first = await freeBlock()
  const path = file()
  await writeFile(path, JSON.stringify({ first }))
  const { server } = await listener(first + 2)
  const chosen = await choosePorts({ host, file: path })
  expect(chosen.note).toMatch(
    new RegExp(
      `^Port ${first + 2}, which this clone used last time, is taken by .*\\(process ${process.pid}\\): the services use \\d+ to \\d+ instead\\.$`,
    ),
  )
  const used = Object.values(chosen.ports)
  expect(used).toEqual([0, 1, 2, 3, 4].map((n) => chosen.ports.gateway + n))
  await chosen.release()
  await chosen.remember()
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ first })
  const again = await choosePorts({ host, file: path })
  expect(Object.values(again.ports)).toEqual(used)
  await again.release()
  server.close()
  const back = await choosePorts({ host, file: path })
  expect(back.ports.gateway).toBe(first)
  await back.release()
})

test('a port that --port asks for and that is taken is an error with the process that has it', async () => {
  const { server, port } = await listener()
  await expect(choosePorts({ wanted: port, host, file: file() })).rejects.toMatchObject({
    message: expect.stringMatching(
      new RegExp(
        `^Port ${port} on 127\\.0\\.0\\.1 is taken by .* \\(process ${process.pid}\\)\\.$`,
      ),
    ),
  })
  server.close()
  await expect(choosePorts({ wanted: 65_534, host, file: file() })).rejects.toThrow('--port takes')
})

test('the owner of a port is found, and of a free port there is none', async () => {
  const { server, port } = await listener()
  expect(portOwner(port)).toMatchObject({ pid: process.pid })
  server.close()
  await once(server, 'close')
  expect(portOwner(port)).toBeUndefined()
})

test('a file of ports that holds nonsense counts as none', async () => {
  const path = file()
  await writeFile(path, '{"first": "x"')
  const chosen = await choosePorts({ host, file: path })
  expect(chosen.ports.coordinator).toBe(chosen.ports.gateway + 4)
  await chosen.release()
})

test('the launcher learns of a taken port before it installs anything', async () => {
  const { server, port } = await listener()
  const script = fileURLToPath(new URL('check-before-install.mjs', import.meta.url))
  const check = async (...args: string[]): Promise<readonly [number, string]> => {
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let err = ''
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    return [code, err]
  }
  const [code, err] = await check('up', '--detach', `--port=${port - 1}`)
  expect(code).toBe(1)
  // Any of the ports of the services may be taken by another process as well.
  expect(err).toMatch(/Port \d+ on 127\.0\.0\.1 is taken by/)
  expect(await check('up', '--port', 'x')).toEqual([0, ''])
  expect(await check('ops', '--port', String(port))).toEqual([0, ''])
  server.close()
})

test('ports are released although clients of an earlier start connect to them', async () => {
  const chosen = await choosePorts({ host, file: file(), wanted: await freeBlock() })
  const clients = serviceNames.map((name) => connect(chosen.ports[name], host))
  for (const client of clients) client.on('error', () => undefined)
  await Promise.all(clients.map((client) => once(client, 'connect')))
  await chosen.release()
  const again = await choosePorts({ host, file: file(), wanted: chosen.ports.gateway })
  expect(again.ports).toEqual(chosen.ports)
  await again.release()
  for (const client of clients) client.destroy()
})
