import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startScriptedModel } from '@alkdev/scripted-model'
import type { ScriptedModel } from '@alkdev/scripted-model'
import { IMAGE_PROGRAM_FILES } from '@alkdev/sdk/programs'
import { freePort } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startFakeProvider } from '../fake-provider.ts'
import type { FakeProvider } from '../fake-provider.ts'
import { codeBlock, documentText, GuideRunner } from '../guide-runner.ts'
import { call } from '../http.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import type { PlainFrame } from '../plain-socket.ts'
import { shellCommands } from '../shell-blocks.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

let hub: TestStack
let provider: FakeProvider
let scripted: ScriptedModel

beforeAll(async () => {
  hub = await startTestStack({
    // As in the local stack.
    inference: { aliases: { scripted: ['scripted/demo'] } },
    mcpNative: { operations: ['tasks.*'] },
  })
  provider = await startFakeProvider()
  scripted = await startScriptedModel()
  const config = { baseUrl: scripted.url }
  const client = { name: 'scripted', type: 'llm-provider', config }
  const { status, body } = await call(hub, hub.admin, 'clients.create', client)
  if (status !== 200) throw new Error(`The scripted model was not added: ${JSON.stringify(body)}`)
})
afterAll(async () => {
  await scripted?.[Symbol.asyncDispose]()
  await provider?.[Symbol.asyncDispose]()
  await hub?.[Symbol.asyncDispose]()
})

/** The config files of a local stack, for the guides that change a setting. */
async function writeConfigs(runner: GuideRunner): Promise<void> {
  const made = await runner.run('./alkhub config init --dir .alkhub/config')
  expect([made.code, made.err]).toEqual([0, ''])
}

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
  await using runner = await GuideRunner.start(hub, [
    ['http://127.0.0.1:11434/v1', provider.url],
    ['https://api.example.com/v1', provider.url],
  ])
  await writeFile(join(runner.folder, 'acme.key'), 'sk-acme\n')
  await writeConfigs(runner)
  const chats: string[] = []
  const outputs = await follow(runner, 'add-a-model-provider', async (line) => {
    if (line.startsWith('curl') && !hasCurl) return true
    if (line.startsWith('./alkhub chat ')) {
      const { code, out, err } = await runner.run(line)
      chats.push(`${code} ${out}${err}`)
      return true
    }
    // It asks for the key on the terminal; the next way to give it is tried instead.
    return line.startsWith('./alkhub providers add acme') && !line.includes('--secret-file')
  })
  expect(outputs.join('')).toContain('Added acme')
  // The model server of the guide has no known price.
  expect(chats).toEqual([
    expect.stringMatching(/^0 Hello ✓\nno known price, \d+ tokens in, \d+ out/),
  ])
  expect(outputs.join('')).toContain('20.00 cost a month')
  if (!hasCurl) return
  const answers = outputs.filter((one) => one.startsWith('{')).map((one) => JSON.parse(one))
  expect(answers).toMatchObject([
    { targets: [{ target: 'local/small', state: 'ready' }] },
    { object: 'list' },
    { choices: [{ message: { content: 'Hello ✓' } }] },
  ])
})

test('run-an-agent.md can be followed: the model reads and writes files, an approval is answered, and a worktree keeps its own files', async () => {
  await using runner = await GuideRunner.start(hub, [['hub-3f9c1e', 'desk']])
  await writeFile(join(runner.folder, 'README.md'), '# Read by the guide\n')
  const commit = 'git -c user.name=Ada -c user.email=ada@example.com commit'
  expect(
    await runner.run(`git init -q && git add README.md && ${commit} -q -m First`),
  ).toMatchObject({ code: 0 })
  await runner.leave('./alkhub spoke --name desk', 'Attached as desk')
  const idOf = async (line: string, member: string): Promise<string> => {
    const { out } = await runner.run(line)
    const { items } = JSON.parse(out) as { items: readonly Record<string, string>[] }
    return items[0]?.[member] ?? ''
  }
  const openApproval = (): Promise<string> =>
    vi.waitUntil(() => idOf('./alkhub approvals list --status open --json', 'approvalId'), {
      timeout: 20_000,
      interval: 200,
    })
  const idFor: Readonly<Record<string, () => Promise<string>>> = {
    0: openApproval,
    1: () => idOf('./alkhub sessions messages last --json', 'messageId'),
    2: () => idOf('./alkhub workspaces list default --json', 'workspaceId'),
  }
  const outputs = await follow(runner, 'run-an-agent', async (line) => {
    // The session asks soon after it was created.
    if (line.includes('alkhub inbox')) await openApproval()
    const [, which] = /018f4a1e-0000-7000-8000-00000000000(\d)/.exec(line) ?? []
    if (which === undefined) return false
    const id = await idFor[which]?.()
    if (id === undefined)
      throw new Error(`The guide has an id ${which} of which the test knows nothing.`)
    const ran = await runner.run(line.replace(/018f4a1e[-0-9]+/, id))
    expect(ran).toMatchObject({ code: 0, err: '' })
    return true
  })
  const said = outputs.join('')
  expect(said).toContain('✓ dev.desk.fs.list')
  expect(said).toContain('It begins with: # Read by the guide')
  expect(said).toContain('May the session')
  expect(said).toContain('✓ dev.desk.fs.write')
  expect(await readFile(join(runner.folder, 'hello.txt'), 'utf8')).toContain('Hello from')
  expect(said).toContain('Archived')
  expect(said).toContain('refs/alkhub/')
  expect(said).toContain('None of them calls a model or a tool any more.')
  const inWorktree = join(runner.folder, '.worktrees/try/hello.txt')
  expect(await readFile(inWorktree, 'utf8')).toContain('Hello from')
}, 180_000)

test('let-agents-work-a-plan.md can be followed in an empty folder: three tasks are done, checked and merged', async () => {
  // The project `default` has workspaces of the guide before, as with a reader of both.
  await using runner = await GuideRunner.start(hub, [['desk', 'plan-desk']])
  const outputs = await follow(runner, 'let-agents-work-a-plan', async (line) => {
    if (line.startsWith('./alkhub spoke ')) {
      await runner.leave(line, 'Attached as plan-desk')
      return true
    }
    if (!line.startsWith('./alkhub coord run')) return false
    // A run that is ended goes on where it was.
    const stopped = await runner.run(
      `${line} > first.txt 2>&1 & run=$!; for n in $(seq 600); do grep -qE '^(intro|usage) ([^wr]|working)' first.txt && break; sleep 0.1; done; kill -INT $run; wait $run; echo "code $?"; cat first.txt`,
      '',
      180_000,
    )
    expect(stopped.out).toMatch(/^code 130$/m)
    expect(stopped.out).toMatch(/^Stopped: \d of 3 tasks done/m)
    const ran = await runner.run(line, '', 180_000)
    expect({ code: ran.code, err: ran.err }).toEqual({ code: 0, err: '' })
    expect(ran.out).toContain('3 of 3 tasks done')
    // The board shows what it sees: a short task may be further when it looks again.
    const seen = stopped.out + ran.out
    expect(seen).toMatch(/^usage done/m)
    const begun = seen.search(/^summary (?!waiting|ready)/m)
    expect(begun).toBeGreaterThan(seen.search(/^usage done/m))
    return true
  })
  expect(outputs.join('')).toContain('Write summary.md')
  // `last` is the session that the guide has spawned, and not the one at the top of the run.
  expect(outputs.join('')).toContain('twenty')
  expect(await readFile(join(runner.folder, 'summary.md'), 'utf8')).toBe('# Summary\n')
}, 300_000)

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

test('work-with-tasks.md can be followed from the first task to its completion in the hub', async () => {
  await using runner = await GuideRunner.start(hub)
  const outputs = await follow(runner, 'work-with-tasks')
  const said = outputs.join('')
  expect(said).toContain('define-results is completed. Ready now: store-results.')
  expect(said).toContain('0 in-progress, 1 ready')
  const exported = await readFile(join(runner.folder, 'tasks/define-results.md'), 'utf8')
  expect(exported).toContain('status: completed')
})

test('workflows.md can be followed from the template to a run, a branch and a drawing', async () => {
  await using runner = await GuideRunner.start(hub)
  const template = codeBlock(documentText('docs/guides/workflows.md'), 'json')
  await writeFile(join(runner.folder, 'overview.json'), template)
  const outputs = await follow(runner, 'workflows')
  expect(outputs.join('')).toContain('run ended  completed')
  expect(outputs.at(-1)).toContain('flowchart TD')
})

test('use-from-an-mcp-client.md can be followed to the list of tools', async () => {
  await using runner = await GuideRunner.start(hub)
  await writeConfigs(runner)
  const outputs = await follow(runner, 'use-from-an-mcp-client', (line) =>
    Promise.resolve(line.startsWith('curl') && !hasCurl),
  )
  expect(outputs.join('')).toContain('Set mcpNative.operations')
  expect(outputs.join('').includes('"name":"tasks.list"')).toBe(hasCurl)
  const { result } = JSON.parse(outputs.at(-1) ?? '') as { result: { tools: { name: string }[] } }
  expect(result.tools.map(({ name }) => name).toSorted()).toEqual([
    'call',
    'list',
    'query',
    'schema',
    'search',
  ])
})

/** Stands in the guides for an id, or its beginning, that the reader sees in a list. */
const ID_OF_THE_GUIDES = '018f4a1e-0000-7000'

test('find-a-failed-call.md can be followed from the list to the repetition', async () => {
  await using runner = await GuideRunner.start(hub)
  await runner.leave('./alkhub spoke --name laptop', 'Attached as laptop')
  await runner.run('./alkhub call accounts.me')
  const listed = async (): Promise<readonly { callId: string }[]> =>
    itemsOf((await runner.run('./alkhub calls list --op accounts.me --json')).out)
  await vi.waitUntil(async () => (await listed()).length > 0, { timeout: 10_000 })
  const callId = (await listed())[0]?.callId ?? ''
  const repeated: string[] = []
  const codes: number[] = []
  await follow(runner, 'find-a-failed-call', async (line) => {
    if (line.includes('calls tail') || line === './alkhub top') await runner.leave(line, '')
    else if (!line.includes(ID_OF_THE_GUIDES)) return false
    else {
      const { code, out } = await runner.run(line.replace(ID_OF_THE_GUIDES, callId))
      codes.push(code)
      repeated.push(out)
    }
    return true
  })
  expect(codes).toEqual([0, 0, 0])
  expect(repeated.at(-1)).toContain('"accountId"')
})

test('calls-that-must-not-be-lost.md can be followed from the queue to the dead letters', async () => {
  const port = await freePort()
  await using runner = await GuideRunner.start(hub, [
    ['https://example.com/alkhub', `http://127.0.0.1:${port}/alkhub`],
  ])
  const receiver = codeBlock(documentText('docs/guides/calls-that-must-not-be-lost.md'), 'js')
  await writeFile(join(runner.folder, 'receiver.mjs'), receiver.replace('8080', String(port)))
  await runner.leave(
    `: > received.txt; '${process.execPath}' receiver.mjs >> received.txt & tail -f received.txt`,
    'ready',
  )
  const created: string[] = []
  const received = () => readFile(join(runner.folder, 'received.txt'), 'utf8')
  const spoke = await PlainSocket.open(hub.broker, hub.admin.key)
  await register(spoke, 'accounting', [
    {
      ...{ namespace: 'invoices', name: 'send', version: '1.0.0', type: 'mutation' },
      ...{ description: 'Sends an invoice.', inputSchema: {}, outputSchema: {} },
      accessControl: { requiredScopes: [] },
    },
  ])
  spoke.socket.on('message', (data: Buffer) => {
    const { type, id } = JSON.parse(data.toString()) as PlainFrame
    if (type === 'call.requested') spoke.send('call.responded', id, { output: { data: 'sent' } })
  })
  const outputs = await follow(runner, 'calls-that-must-not-be-lost', async (line) => {
    if (line.startsWith('./alkhub webhooks create')) {
      const { code, out } = await runner.run(line)
      const [secret = ''] = /whsec_\S+/.exec(out) ?? []
      created.push(`${code} ${secret}`)
      await writeFile(join(runner.folder, 'webhook.secret'), `${secret}\n`)
      return true
    }
    if (!line.includes(ID_OF_THE_GUIDES)) return false
    const [queued] = itemsOf((await runner.run('./alkhub queue list --json')).out)
    const shown = await runner.run(
      `${line.replace(ID_OF_THE_GUIDES, queued?.callId.slice(0, 18) ?? '')} --wait 20000`,
    )
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining('"sent"')])
    return true
  })
  expect(created).toEqual([expect.stringMatching(/^0 whsec_/)])
  await vi.waitFor(
    async () => expect(await received()).toMatch(/^webhook\.test $[^]*^call\.completed \S+$/m),
    { timeout: 20_000 },
  )
  expect(await received()).not.toContain('refused')
  const url = `http://127.0.0.1:${port}/alkhub`
  const forged = { method: 'POST', body: '{}', headers: { 'x-alkhub-signature': 't=1,v1=00' } }
  expect((await fetch(url, forged)).status).toBe(401)
  spoke.socket.close()
  expect(outputs[1]).toContain('invoices.send')
  expect(outputs.at(-2)).toBe('0 dead letters would be repeated.\n')
})

function itemsOf(json: string): readonly { callId: string }[] {
  return (JSON.parse(json) as { items: readonly { callId: string }[] }).items
}

test('the commands of run-with-compose.md name services and programs that exist', () => {
  const compose = documentText('docker-compose.yml')
  const lines = shellCommands(documentText('docs/guides/run-with-compose.md'))
  const named = lines.filter((line) => line.startsWith('docker compose'))
  expect(named.length).toBeGreaterThan(8)
  const found = (pattern: RegExp): string[] =>
    named.flatMap((line) => pattern.exec(line)?.[1] ?? [])
  const services = found(/(?:exec -T|restart|--tail 20|--no-deps) ([a-z-]+)/)
  for (const service of services) expect(compose).toContain(`\n  ${service}:\n`)
  const programs = found(/ node (\S+)/)
  expect(programs.length).toBeGreaterThan(0)
  expect(IMAGE_PROGRAM_FILES).toEqual(expect.arrayContaining(programs))
})

test('the settings of watch-a-hub.md are accepted, and the key of the collector is encrypted', async () => {
  await using runner = await GuideRunner.start(hub)
  expect((await runner.run('./alkhub config init --dir secrets')).code).toBe(0)
  await writeFile(join(runner.folder, 'collector.key'), 'key-of-the-collector\n')
  const isElsewhere = (line: string): boolean => !line.includes('config set')
  await follow(runner, 'watch-a-hub', (line) => Promise.resolve(isElsewhere(line)))
  const read = await runner.run(
    './alkhub config get telemetry.traces --config secrets/gateway.json --reveal',
  )
  expect(JSON.parse(read.out)).toMatchObject({
    endpoint: 'http://jaeger:4318/v1/traces',
    headers: 'authorization: Bearer key-of-the-collector',
    sampleRatio: 0.1,
  })
  const file = await readFile(join(runner.folder, 'secrets/gateway.json'), 'utf8')
  expect(file).not.toContain('key-of-the-collector')
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

test('console.md can be followed to a link, a key that may only look, and the state of the hub', async () => {
  await using runner = await GuideRunner.start(hub)
  await writeConfigs(runner)
  const outputs = (await follow(runner, 'console')).join('')
  expect(outputs).toContain('/console/#link=')
  expect(outputs).toContain('coordinator')
})
