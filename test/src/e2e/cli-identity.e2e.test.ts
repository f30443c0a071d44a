import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shellCommands } from '../shell-blocks.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'
import { commandMain } from '../programs.ts'

const main = commandMain()
const guide = fileURLToPath(new URL('../../../docs/guides/identity.md', import.meta.url))

let hub: TestStack
let folder: string

beforeAll(async () => {
  hub = await startTestStack()
  folder = mkdtempSync(join(tmpdir(), 'alkhub-identity-'))
  writeFileSync(join(folder, 'admin.key'), `${hub.admin.key}\n`, { mode: 0o600 })
})
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

function alkhub(...words: string[]): Promise<Run> {
  const flags = ['--hub', hub.gateway]
  if (!words.includes('--key-file')) flags.push('--key-file', join(folder, 'admin.key'))
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...words, ...flags], (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    )
  })
}

const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  )

test(
  'the commands of the guide work one after the other on a new hub',
  { timeout: 120_000 },
  async () => {
    const lines = shellCommands(readFileSync(guide, 'utf8'))
    expect(lines.length).toBeGreaterThan(10)
    const outputs = new Map<string, string>()
    const filled = new Map([['ada.key', join(folder, 'ada.key')]])
    for (const line of lines) {
      const [program, ...words] = wordsOf(line).map((word) => filled.get(word) ?? word)
      expect(program).toBe('./alkhub')
      const { code, out, err } = await alkhub(...words)
      expect({ line, code, err }).toEqual({ line, code: 0, err: '' })
      const command = words.slice(0, 2).join(' ')
      outputs.set(command, out)
      if (command === 'orgs invite')
        filled.set('$INVITATION', /orgs accept ([0-9a-f-]+)/.exec(out)?.[1] ?? '')
    }
    expect(outputs.get('orgs members')).toMatch(/ Ada +member /)
    expect(outputs.get('accounts suspend')).toBe('Suspended ada@example.com.\n')
    expect(outputs.get('limits set')).toMatch(/account +\S+ +day +1000 +1000 /)
    expect(outputs.get('audit list')).toContain('orgs.transferred')
  },
)

test(
  'an outside service comes from files, and its secret is shown nowhere',
  { timeout: 60_000 },
  async () => {
    const [config, secret] = [join(folder, 'config.json'), join(folder, 'secret')]
    writeFileSync(config, JSON.stringify({ baseUrl: 'https://models.example.org/v1' }))
    writeFileSync(secret, 'sk-never-shown\n')
    const create = [
      'clients',
      'create',
      'vendor',
      '--type',
      'llm-provider',
      '--config-file',
      config,
    ]
    expect(await alkhub(...create, '--secret-file', secret)).toMatchObject({
      code: 0,
      out: 'Added vendor.\n',
    })
    const all = [
      await alkhub('clients', 'list'),
      await alkhub('clients', 'get', 'vendor'),
      await alkhub('providers', 'update', 'vendor', '--model', 'small', '--secret-file', secret),
      await alkhub('clients', 'update', 'vendor', '--off', '--json'),
    ]
    expect(all.map(({ code, err }) => [code, err])).toEqual(all.map(() => [0, '']))
    expect(JSON.stringify(all)).not.toContain('sk-never-shown')
    expect(JSON.parse(all[3]?.out ?? '')).toMatchObject({
      enabled: false,
      hasSecret: true,
      config: { baseUrl: 'https://models.example.org/v1', models: ['small'] },
    })
    expect((await alkhub('clients', 'delete', 'vendor')).out).toBe('Removed vendor.\n')
    expect(await alkhub('clients', 'get', 'vendor')).toMatchObject({
      code: 1,
      err: expect.stringContaining('CLIENT_NOT_FOUND'),
    })
  },
)
