import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMCPClient, MCPClientLoader } from '../../../from-mcp.ts'
import type { MCPClientConfig, MCPProgress } from '../../../from-mcp.ts'
import { OperationRegistry } from '../../../registry/registry.ts'

const require = createRequire(import.meta.url)
const everything = join(
  dirname(require.resolve('@modelcontextprotocol/server-everything/package.json')),
  'dist/index.js',
)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The reference server as a separate process. */
async function startHttp(): Promise<{ process: ChildProcess; url: string }> {
  const port = await freePort()
  const child = spawn(process.execPath, [everything, 'streamableHttp'], {
    env: { PATH: process.env['PATH'], PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await once(child.stderr, 'data')
  return { process: child, url: `http://127.0.0.1:${port}/mcp` }
}

describe.each(['stdio', 'streamable HTTP'])(
  'the reference server "everything" over %s',
  (transport) => {
    const loader = new MCPClientLoader()
    const registry = new OperationRegistry()
    const progress: MCPProgress[] = []
    let server: ChildProcess | undefined
    const call = async (name: string, input: unknown, context = {}) =>
      registry.execute(`everything.${name}`, input, context)

    beforeAll(async () => {
      let config: MCPClientConfig = { command: process.execPath, args: [everything, 'stdio'] }
      if (transport !== 'stdio') {
        const started = await startHttp()
        server = started.process
        config = { url: started.url }
      }
      await loader.load({
        everything: {
          ...config,
          onProgress: (report) => progress.push(report),
        },
      })
      loader.registerAll(registry)
    })
    afterAll(async () => {
      await loader.closeAll()
      server?.kill()
    })

    test('offers its tools as operations', () => {
      const names = registry.list().map(({ name }) => name)
      expect(names).toEqual(
        expect.arrayContaining([
          'echo',
          'get-sum',
          'get-structured-content',
          'trigger-long-running-operation',
        ]),
      )
      expect(loader.getClient('everything')?.protocolVersion).toBe('2025-11-25')
    })

    test('answers with text, structured content, images and links', async () => {
      expect((await call('echo', { message: 'hi' })).data).toEqual([
        { type: 'text', text: 'Echo: hi' },
      ])
      expect((await call('get-structured-content', { location: 'Chicago' })).data).toMatchObject({
        humidity: expect.any(Number),
      })
      const image = await call('get-tiny-image', {})
      expect(image.meta).toMatchObject({
        source: 'mcp',
        content: expect.arrayContaining([
          expect.objectContaining({ type: 'image', mimeType: 'image/png' }),
        ]),
      })
      const links = await call('get-resource-links', { count: 2 })
      expect(
        (links.data as { type: string }[]).filter(({ type }) => type === 'resource_link'),
      ).toHaveLength(2)
    })

    test('an input that does not fit its schema is refused here', async () => {
      await expect(call('get-sum', { a: 1 })).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
        details: { errors: [{ path: '/b' }] },
      })
    })

    test('reports progress', async () => {
      await call(
        'trigger-long-running-operation',
        { duration: 0.4, steps: 4 },
        { requestId: 'long' },
      )
      const own = progress.filter(({ requestId }) => requestId === 'long')
      // The last report arrives together with the answer, which the SDK may handle first.
      expect(own.map((report) => report.progress).slice(0, 3)).toEqual([1, 2, 3])
    })

    test('ends a call that is aborted', async () => {
      const caller = new AbortController()
      setTimeout(() => caller.abort(), 50)
      const long = call(
        'trigger-long-running-operation',
        { duration: 60, steps: 4 },
        { signal: caller.signal },
      )
      await expect(long).rejects.toMatchObject({ code: 'ABORTED' })
      expect((await call('echo', { message: 'still there' })).data).toEqual([
        { type: 'text', text: 'Echo: still there' },
      ])
    })
  },
)

test('the reference server adds tools once it knows its client: the notice is followed', async () => {
  const changed = Promise.withResolvers<number>()
  const client = await createMCPClient('everything', {
    command: process.execPath,
    args: [everything, 'stdio'],
    protocol: 'legacy',
    onToolsChanged: (tools) => changed.resolve(tools.length),
  })
  expect(await changed.promise).toBe(client.tools.length)
  await client.close()
})
