import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { run } from '../testing/memory-io.ts'

// A listener instead of a hub: the tests check which requests are sent to which hub, and how often.

let folder = ''
let hub = ''
let env: Record<string, string> = {}
let asked: string[] = []

const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ data: { ok: true }, meta: {} }))
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alkhub-context-'))
  for (const name of ['one', 'two']) await writeFile(join(folder, name), `alk_key-${name}\n`)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  hub = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  env = { XDG_CONFIG_HOME: join(folder, 'config') }
})
afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true })
})
beforeEach(() => {
  asked = []
})

const alkhub = (words: readonly string[], more: Record<string, string> = {}) =>
  run(words, { cwd: folder, env: { ...env, ...more } })
const me = (key: string): string => `POST /api/operations/accounts.me Bearer alk_key-${key}`

test('contexts are added, used, listed and removed; the file holds no key and is for its owner alone', async () => {
  expect((await alkhub(['context', 'list'])).out).toContain('No contexts.')
  const added = await alkhub(['context', 'add', 'first', '--hub', hub, '--key-file', 'one'])
  expect(added).toEqual({ code: 0, out: 'Added first; commands use it now.\n', err: '' })
  await alkhub(['context', 'add', 'second', '--hub', hub, '--key-file', 'two'])
  expect((await alkhub(['context', 'list'])).out).toMatch(/^\* +first +http.*\n +second /m)
  const file = join(folder, 'config/alkhub/contexts.json')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readFile(file, 'utf8')).not.toContain('alk_')

  await alkhub(['call', 'accounts.me'])
  await alkhub(['call', 'accounts.me', '--context', 'second'])
  await alkhub(['context', 'use', 'second'])
  await alkhub(['call', 'accounts.me'])
  expect(asked).toEqual([me('one'), me('two'), me('two')])

  const unknown = await alkhub(['context', 'use', 'secnd'])
  expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean `second`?') })
  expect((await alkhub(['context', 'remove', 'second'])).out).toBe(
    'Removed second. No context is in use.\n',
  )
})

test('ALKHUB_HUB and ALKHUB_KEY_FILE name a hub, and a flag wins over them', async () => {
  const named = { ALKHUB_HUB: hub, ALKHUB_KEY_FILE: join(folder, 'one') }
  expect((await alkhub(['call', 'accounts.me'], named)).out).toBe('{"ok":true}\n')
  await alkhub(['call', 'accounts.me', '--key-file', join(folder, 'two')], named)
  expect(asked).toEqual([me('one'), me('two')])
})

test('one call is one request', async () => {
  await alkhub(['call', 'accounts.me', '--hub', hub, '--key-file', join(folder, 'one')])
  expect(asked).toHaveLength(1)
})

test('the key of this clone is not sent to another hub', async () => {
  const { code, err } = await alkhub(['call', 'accounts.me', '--hub', 'http://127.0.0.1:9'])
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining('The key for http://127.0.0.1:9 is not named.'),
  })
})

test('a hub that does not answer is exit code 3', async () => {
  const words = ['call', 'accounts.me', '--hub', 'http://127.0.0.1:9', '--key-file', 'one']
  expect(await alkhub([...words.slice(0, -1), join(folder, 'one')])).toMatchObject({
    code: 3,
    err: 'alkhub: No hub answers at http://127.0.0.1:9. Check the URL, or start one with `./alkhub up`.\n',
  })
})

test('repl runs commands and calls line by line, with JSON unquoted, and ends with the code of the last', async () => {
  const flags = ['--hub', hub, '--key-file', join(folder, 'one')]
  const lines = [
    'call accounts.me',
    'notes.add {"text": "it\'s"}',
    `alkhub call notes.add '{"a": 1}'`,
    'nope',
    'mcp',
  ]
  const { code, out, err } = await run(['repl', ...flags], {
    cwd: folder,
    env,
    input: `${lines.join('\n')}\n`,
  })
  expect(out).toBe('{"ok":true}\n'.repeat(3))
  expect(asked).toHaveLength(3)
  expect(err).toContain('There is no command `nope`.')
  expect(err).toContain("`mcp` can't be run in here.")
  expect(code).toBe(2)
})
