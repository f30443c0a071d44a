import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'
import { commandMain } from '../programs.ts'

const main = commandMain()

let hub: TestStack
let folder: string

beforeAll(async () => {
  hub = await startTestStack()
  folder = mkdtempSync(join(tmpdir(), 'alkhub-calls-'))
  writeFileSync(join(folder, 'admin.key'), `${hub.admin.key}\n`, { mode: 0o600 })
})
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const argv = (words: readonly string[]): string[] => [
  main,
  ...words,
  ...['--hub', hub.gateway, '--key-file', join(folder, 'admin.key')],
]

function alkhub(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, argv(words), (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    )
  })
}

test('a failed call is found by the commands, from the list to its cause and its repetition', async () => {
  const { body } = await call(hub, hub.admin, 'orgs.get', { orgId: hub.admin.keyId })
  const { requestId, code } = body as { requestId: string; code: string }
  const written = () => call(hub, hub.admin, 'calls.get', { callId: requestId })
  await expect.poll(async () => (await written()).body.data.status).toBe('failed')
  const { out } = await alkhub('calls', 'list', '--code', code)
  expect(out).toContain(`${code}  orgs.get`)
  const short = /^[0-9a-f-]{18}(?= )/m.exec(out)?.[0] ?? ''
  expect(requestId.startsWith(short)).toBe(true)
  const shown = await alkhub('calls', 'get', short)
  expect(shown.out).toContain(`failed with ${code}`)
  expect(shown.out).toContain(hub.admin.keyId)
  expect((await alkhub('calls', 'tree', short)).out).toContain(`orgs.get  ${code}`)
  expect((await alkhub('calls', 'tree', short, '--format', 'mermaid')).out).toContain('flowchart')
  const repeated = await alkhub('calls', 'repeat', short)
  expect([repeated.code, repeated.err]).toEqual([1, expect.stringContaining(code)])
  expect((await alkhub('calls', 'abort', requestId)).out).toContain('It had ended before')
})

test('a call that is queued by the command is reported to its webhook, and a webhook without --async is refused', async () => {
  const reports: { readonly event: string; readonly call?: { readonly callId: string } }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      if (request.method === 'POST') reports.push(JSON.parse(body))
      response.writeHead(request.method === 'POST' ? 204 : 404).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const made = await call(hub, hub.admin, 'webhooks.create', { name: 'from-cli', url })
    expect(made.status).toBe(200)
    const queue = ['call', 'accounts.me', '--webhook', 'from-cli']
    const refused = await alkhub(...queue)
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringContaining('--webhook needs --async.'),
    ])
    const unknown = await alkhub('call', 'accounts.me', '--async', '--webhook', 'none')
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('WEBHOOK_NOT_FOUND')])
    const queued = await alkhub(...queue, '--async', '--json')
    expect([queued.code, queued.err]).toEqual([0, ''])
    const { callId } = JSON.parse(queued.out) as { readonly callId: string }
    await expect
      .poll(() => reports.map((report) => [report.event, report.call?.callId]), {
        timeout: 20_000,
      })
      .toEqual([['call.completed', callId]])
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('calls tail shows a call that ends while it runs', async () => {
  const tail = spawn(process.execPath, argv(['calls', 'tail', '--op', 'accounts.me']))
  let complaints = ''
  tail.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  try {
    const lines = createInterface({ input: tail.stdout })[Symbol.asyncIterator]()
    const line = lines.next()
    let shown = false
    void line.then(() => (shown = true))
    // The command has no output before the first call, so calls are made until one is shown.
    await expect
      .poll(
        async () => {
          await call(hub, hub.admin, 'accounts.me')
          return shown || complaints
        },
        { timeout: 25_000, interval: 300 },
      )
      .toBe(true)
    expect(String((await line).value)).toMatch(/completed +accounts\.me$/)
  } finally {
    tail.kill()
  }
})
