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
  await using chosen = await choosePorts({ host, file: file() })
  blocker?.server.close()
  return chosen.ports.gateway
}

test('the five ports follow each other, are held until the services listen, and are remembered', async () => {
  const first = await freeBlock()
  const path = file()
  {
    await using chosen = await choosePorts({ wanted: first, host, file: path })
    expect(serviceNames.map((name) => chosen.ports[name])).toEqual(
      [0, 1, 2, 3, 4].map((n) => first + n),
    )
    const other = () => choosePorts({ wanted: first, host, file: file() })
    await expect(other()).rejects.toThrow(`(process ${process.pid})`)
    await chosen.release()
    await expect(other()).rejects.toThrow(
      `Port ${first} on ${host} is taken by a stack that is being started.`,
    )
    // A service can listen, whatever others look for ports.
    const service = await listener(first)
    service.server.close()
    await once(service.server, 'close')
    await chosen.remember()
  }
  await using again = await choosePorts({ host, file: path })
  expect(again).toMatchObject({ ports: { gateway: first } })
  expect(again.note).toBeUndefined()
})

/** Chooses, releases, and listens on the five ports when it reads a line. */
const START = `
  import { once } from 'node:events'
  import { createServer } from 'node:net'
  import { choosePorts } from ${JSON.stringify(new URL('choose-ports.ts', import.meta.url).href)}
  const chosen = await choosePorts({ host: '127.0.0.1', file: process.argv[1] })
  await chosen.release()
  console.log(chosen.ports.gateway)
  await once(process.stdin, 'data')
  for (const port of Object.values(chosen.ports)) {
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
  }
  process.exit(0)`

test('starts at the same moment choose other ports, also between the release of the ports and the start of the services', async () => {
  const first = await freeBlock()
  const starts = Array.from({ length: 4 }, async () => {
    const path = file()
    await writeFile(path, JSON.stringify({ first }))
    const child = spawn(process.execPath, ['--input-type=module', '-e', START, path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    return { child, gateway: Number(said.toString()) }
  })
  const all = await Promise.all(starts)
  const chosen = all.map(({ gateway }) => gateway)
  expect(chosen).toContain(first)
  expect(new Set(chosen).size).toBe(4)
  const codes = all.map(({ child }) => once(child, 'exit'))
  for (const { child } of all) child.stdin.end('now\n')
  expect(await Promise.all(codes)).toEqual(all.map(() => [0, null]))
})

test('a remembered port that is taken is named with its process, other ports are used, and it stays remembered', async () => {
  const first = await freeBlock()
  const path = file()
  await writeFile(path, JSON.stringify({ first }))
  const { server } = await listener(first + 2)
  await using chosen = await choosePorts({ host, file: path })
  expect(chosen.note).toMatch(
    new RegExp(
      `^Port ${first + 2}, which this clone used last time, is taken by .*\\(process ${process.pid}\\): the services use \\d+ to \\d+ instead\\.$`,
    ),
  )
  const used = Object.values(chosen.ports)
  expect(used).toEqual([0, 1, 2, 3, 4].map((n) => chosen.ports.gateway + n))
  await chosen.remember()
  await chosen[Symbol.asyncDispose]()
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ first })
  {
    await using again = await choosePorts({ host, file: path })
    expect(Object.values(again.ports)).toEqual(used)
  }
  server.close()
  await using back = await choosePorts({ host, file: path })
  expect(back.ports.gateway).toBe(first)
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
  await using chosen = await choosePorts({ host, file: path })
  expect(chosen.ports.coordinator).toBe(chosen.ports.gateway + 4)
})

test('the launcher learns of a taken port before it installs anything', async () => {
  // Not among the ports of outgoing connections, one of which may use a port that precedes and has no listener.
  const first = await freeBlock()
  const { server, port } = await listener(first + 1)
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
  const [code, err] = await check('up', '--detach', `--port=${first}`)
  expect(code).toBe(1)
  expect(err).toContain(`Port ${port} on 127.0.0.1 is taken by`)
  expect(await check('up', '--port', 'x')).toEqual([0, ''])
  expect(await check('ops', '--port', String(port))).toEqual([0, ''])
  server.close()
})

test('ports are released although clients of an earlier start connect to them', async () => {
  await using chosen = await choosePorts({ host, file: file(), wanted: await freeBlock() })
  const clients = serviceNames.map((name) => connect(chosen.ports[name], host))
  for (const client of clients) client.on('error', () => undefined)
  await Promise.all(clients.map((client) => once(client, 'connect')))
  await chosen.release()
  await chosen[Symbol.asyncDispose]()
  await using again = await choosePorts({ host, file: file(), wanted: chosen.ports.gateway })
  expect(again.ports).toEqual(chosen.ports)
  for (const client of clients) client.destroy()
})
