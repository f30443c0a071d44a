import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOutsideStack } from '../testing/outside-stack.ts'
import type { OutsideStack, ToolAnswer } from '../testing/outside-stack.ts'

const require = createRequire(import.meta.url)
const program = (name: string): string =>
  join(
    dirname(require.resolve(`@modelcontextprotocol/server-${name}/package.json`)),
    'dist/index.js',
  )
const hostile = fileURLToPath(new URL('../testing/hostile-server.ts', import.meta.url))
const command = process.execPath
const WAIT = { timeout: 60_000, interval: 250 }

let stack: OutsideStack
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alkhub-outside-'))
  await writeFile(join(folder, 'note.txt'), 'from the file system')
  const bad = (mode: string, more: object = {}) => ({ command, args: [hostile, mode], ...more })
  stack = await startOutsideStack({
    everything: { command, args: [program('everything'), 'stdio'], scopes: ['everything:use'] },
    files: { command, args: [program('filesystem'), folder], exclude: ['write_*', 'edit_file'] },
    memory: {
      command,
      args: [program('memory')],
      env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
    },
    crash: bad('crash'),
    hang: bad('hang'),
    garbage: bad('garbage'),
    line: bad('line'),
    flood: bad('flood'),
    mute: bad('mute', { timeoutMs: 300 }),
    large: bad('memory', { memoryMiB: 256 }),
    nowhere: { command: '/no/such/program' },
    plain: bad('plain', { env: { ONLY: 'this' } }),
  })
}, 60_000)
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const names = async (client: string): Promise<string[]> => stack.list(client)
const status = async (name: string) => {
  const { data } = await stack.call('clients.status', { name })
  return data as {
    readonly connection: { readonly status: string; readonly lastError?: string }
  }
}

/** The answer of an operation; a service is listed shortly before it can be called. */
async function answerOf(operationId: string, input?: unknown): Promise<ToolAnswer['data']> {
  let answer = await stack.call(operationId, input)
  await expect
    .poll(async () => {
      if (answer.data['code'] === 'PROVIDER_UNAVAILABLE')
        answer = await stack.call(operationId, input)
      return answer.isError ? answer.data : 'answered'
    }, WAIT)
    .toBe('answered')
  return answer.data
}

test('three servers of npm from the configuration become operations that can be called (F13)', async () => {
  await expect.poll(() => names('everything'), WAIT).toContain('everything.echo')
  await expect.poll(() => names('files'), WAIT).toContain('files.read_text_file')
  await expect.poll(() => names('memory'), WAIT).toContain('memory.read_graph')
  const echo = await answerOf('everything.echo', { message: 'hello' })
  expect(JSON.stringify(echo)).toContain('Echo: hello')
  const read = await answerOf('files.read_text_file', { path: join(folder, 'note.txt') })
  expect(JSON.stringify(read)).toContain('from the file system')
  const entities = [{ name: 'hub', entityType: 'program', observations: ['calls'] }]
  await answerOf('memory.create_entities', { entities })
  expect(JSON.stringify(await answerOf('memory.read_graph'))).toContain('calls')
}, 90_000)

test('tools that the settings exclude are no operations', async () => {
  await expect.poll(() => names('files'), WAIT).toContain('files.read_text_file')
  expect(await names('files')).not.toContain('files.write_file')
})

test('an input that does not fit the schema of a tool is refused by the hub', async () => {
  const refused = await stack.call('everything.echo', { message: 1 })
  expect(refused.data).toMatchObject({ code: 'VALIDATION_ERROR' })
})

test('an outside service serves its owner and no other account', async () => {
  const key = await stack.otherKey()
  expect(await stack.list('everything', key)).toEqual([])
  const refused = await stack.call('everything.echo', { message: 'x' }, key)
  expect(refused.data).toMatchObject({ code: 'OPERATION_NOT_FOUND' })
})

test('a program gets the variables of its settings and few others', async () => {
  await expect.poll(() => names('plain'), WAIT).toEqual(['plain.ask'])
  const data = await answerOf('plain.ask')
  const variables = JSON.stringify(data).match(/[A-Z_]{2,}/g) ?? []
  expect(variables).toContain('ONLY')
  expect(
    variables.filter((name) => !['ONLY', 'PATH', 'HOME', 'LANG', 'TMPDIR'].includes(name)),
  ).toEqual([])
})

test('a program that ends is started again, and called again', async () => {
  await expect.poll(() => names('crash'), WAIT).toEqual(['crash.ask'])
  const first = JSON.stringify(await answerOf('crash.ask'))
  expect(first).toContain('process ')
  const next = async (): Promise<string> => JSON.stringify((await stack.call('crash.ask')).data)
  await expect
    .poll(async () => {
      const text = await next()
      return text.includes('process ') && text !== first
    }, WAIT)
    .toBe(true)
}, 70_000)

test.each([
  ['garbage', 'lines that are no messages'],
  ['line', 'a line of more than'],
  ['large', 'more memory than 256 MiB'],
  ['nowhere', 'cannot be started (ENOENT)'],
])(
  'the error of the program %s says why it does not run',
  async (name, reason) => {
    await expect
      .poll(async () => (await status(name)).connection.lastError ?? '', WAIT)
      .toContain(reason)
  },
  70_000,
)

test('beside servers that hang and flood the others answer, and lists wait for none', async () => {
  expect((await status('hang')).connection.status).not.toBe('connected')
  await expect.poll(() => names('flood'), WAIT).toEqual(['flood.ask'])
  const echo = await stack.call('everything.echo', { message: 'still here' })
  expect(JSON.stringify(echo.data)).toContain('still here')
  expect(await names('hang')).toEqual([])
}, 70_000)

test('a tool that does not answer ends its call with TIMEOUT', async () => {
  await expect.poll(() => names('mute'), WAIT).toEqual(['mute.ask'])
  expect((await stack.call('mute.ask')).data).toMatchObject({ code: 'TIMEOUT' })
}, 70_000)
