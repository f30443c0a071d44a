import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFakeProvider } from '../fake-provider.ts'
import type { FakeProvider } from '../fake-provider.ts'
import { codeBlock, documentText, GuideRunner } from '../guide-runner.ts'
import { shellCommands } from '../shell-blocks.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

let hub: TestStack
let provider: FakeProvider

beforeAll(async () => {
  hub = await startTestStack()
  provider = await startFakeProvider()
})
afterAll(async () => {
  await provider?.[Symbol.asyncDispose]()
  await hub?.[Symbol.asyncDispose]()
})

/** What each command of a guide printed. Those that need more than being run are given to `special`, which says whether it took one. */
async function follow(
  runner: GuideRunner,
  guide: string,
  special: (line: string) => Promise<boolean> = () => Promise.resolve(false),
): Promise<string[]> {
  const outputs: string[] = []
  for (const line of shellCommands(documentText(`docs/guides/${guide}.md`))) {
    if (await special(line)) continue
    const { code, out, err } = await runner.run(line)
    expect({ line, code, err }).toEqual({ line, code: 0, err: '' })
    outputs.push(out)
  }
  return outputs
}

const hasCurl = spawnSync('curl', ['--version']).status === 0

test('add-a-model-provider.md can be followed to an answer of the model', async () => {
  await using runner = await GuideRunner.start(hub, [['http://127.0.0.1:11434/v1', provider.url]])
  await writeFile(join(runner.folder, 'acme.key'), 'sk-acme\n')
  const outputs = await follow(runner, 'add-a-model-provider', async (line) => {
    if (line.startsWith('curl') && !hasCurl) return true
    // It asks for the key on the terminal; the next way to give it is tried instead.
    return line.startsWith('./alkhub providers add acme') && !line.includes('--secret-file')
  })
  expect(outputs.join('')).toContain('Added acme')
  if (!hasCurl) return
  expect(JSON.parse(outputs.at(-2) ?? '')).toMatchObject({ object: 'list' })
  expect(JSON.parse(outputs.at(-1) ?? '')).toMatchObject({
    choices: [{ message: { content: 'Hello ✓' } }],
  })
})

test('attach-a-spoke.md can be followed: the folder is attached and read', async () => {
  await using runner = await GuideRunner.start(hub)
  await writeFile(join(runner.folder, 'README.md'), '# Read by the guide\n')
  const outputs = await follow(runner, 'attach-a-spoke', async (line) => {
    if (!line.startsWith('./alkhub spoke ')) return false
    await runner.leave(line, 'Attached as laptop')
    return true
  })
  expect(outputs.at(-1)).toContain('# Read by the guide')
})

test('work-with-tasks.md can be followed from the first task to the hub', async () => {
  await using runner = await GuideRunner.start(hub)
  const outputs = await follow(runner, 'work-with-tasks')
  expect(outputs.at(-1)).toContain('store-results')
})

test('use-from-an-mcp-client.md can be followed to the list of tools', async () => {
  await using runner = await GuideRunner.start(hub)
  const outputs = await follow(runner, 'use-from-an-mcp-client')
  const { result } = JSON.parse(outputs.at(-1) ?? '') as { result: { tools: { name: string }[] } }
  expect(result.tools.map(({ name }) => name).toSorted()).toEqual([
    'call',
    'list',
    'query',
    'schema',
    'search',
  ])
})

const hasWebsockets = spawnSync('python3', ['-c', 'import websockets']).status === 0
const reason = hasWebsockets ? '' : ' (skipped: there is no python3 with websockets here)'

test.skipIf(!hasWebsockets)(
  `the Python program of its guide attaches and answers${reason}`,
  async () => {
    await using runner = await GuideRunner.start(hub)
    const guide = 'write-a-spoke-in-another-language'
    const program = codeBlock(documentText(`docs/guides/${guide}.md`), 'python')
    await writeFile(join(runner.folder, 'spoke.py'), program)
    const outputs = await follow(runner, guide, async (line) => {
      if (!line.startsWith('python3')) return false
      await runner.leave(line, 'attached:')
      return true
    })
    expect(outputs.at(-2)).toContain('hello')
    expect(outputs.at(-1)).toContain('any provider')
  },
)
