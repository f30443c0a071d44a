import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startScriptedModel } from '@alkdev/scripted-model'
import type { Spoke } from '@alkdev/spoke'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attachFixture } from '../conformance/fixture-spoke.ts'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

/** The versions that were tried last. */
const PROGRAMS = [
  '@modelcontextprotocol/inspector@2.12.0',
  '@openai/codex@0.171.0',
  'opencode-ai@1.18.33',
]
const INSTALL_MS = 300_000
const PROGRAM_MS = 60_000
/** A model that calls a tool of the hub and says what came. Each program names the tools of a server in its own way. */
const scriptFor = (model: string, tool: string): string => `
models:
  ${model}:
    turns:
      - steps:
          - say: I will look.
            calls:
              - tool: ${tool}
                arguments: { operationId: conformance.template, input: { id: '7' } }
          - say: 'It says {{result /Data for ID: \\d+/}}.'
`
const TOOLS = { codex: 'mcp__hub__query', opencode: 'hub_query' } as const

const run = promisify(execFile)
const stack = new AsyncDisposableStack()
let folder: string
let hub: TestStack
let spoke: Spoke

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alkhub-clients-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, ...PROGRAMS], {
    timeout: INSTALL_MS,
  })
  await mkdir(join(folder, 'scripts'))
  for (const [model, tool] of Object.entries(TOOLS))
    await writeFile(join(folder, 'scripts', `${model}.yaml`), scriptFor(model, tool))
  const models = stack.use(await startScriptedModel({ folder: join(folder, 'scripts') }))
  hub = stack.use(await startTestStack({ mcpNative: { operations: ['conformance.*'] } }))
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  spoke = await attachFixture(hub.broker, key)
  const created = await call(hub, hub.admin, 'clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: models.url, endpoints: ['chat'] },
    secret: 'secret-of-no-one',
  })
  if (created.status !== 200) throw new Error(`The provider was not created: ${created.status}`)
})
afterAll(async () => {
  await spoke?.stop({ timeoutMs: 0 })
  await stack.disposeAsync()
})

interface ProgramResult {
  readonly stdout: string
  readonly stderr: string
}

/** Runs one of the programs in the folder, with nothing but its own folder as home. */
function program(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramResult> {
  const running = run(join(folder, 'node_modules', '.bin', name), args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...env },
    timeout: PROGRAM_MS,
  })
  running.child.stdin?.end()
  return running
}

/** The JSON that the Inspector prints. */
async function inspect(path: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await program('mcp-inspector', [
    '--cli',
    '--format',
    'json',
    '--quiet',
    `${hub.mcp}${path}`,
    '--transport',
    'http',
    '--header',
    `Authorization: Bearer ${hub.admin.key}`,
    ...args,
  ])
  const { result } = JSON.parse(stdout) as { readonly result: unknown }
  return result
}

test.each(['modern', 'legacy'])(
  'the Inspector lists and calls tools in the era %s',
  async (era) => {
    expect(await inspect('', '--protocol-era', era, '--method', 'tools/list')).toMatchObject({
      tools: expect.arrayContaining([expect.objectContaining({ name: 'call' })]) as unknown,
    })
    expect(
      await inspect(
        '/native',
        '--protocol-era',
        era,
        '--method',
        'tools/call',
        '--tool-name',
        'test_simple_text',
      ),
    ).toMatchObject({
      content: [{ type: 'text', text: 'This is a simple text response for testing.' }],
    })
  },
)

test('Codex with the approval policy never reads through the hub, with a model of the hub', async () => {
  const codexHome = join(folder, 'codex')
  await mkdir(codexHome)
  await writeFile(
    join(codexHome, 'config.toml'),
    `model = "scripted/codex"
model_provider = "hub"
approval_policy = "never"
sandbox_mode = "workspace-write"

[model_providers.hub]
name = "hub"
base_url = "${hub.inference}/v1"
env_key = "ALKHUB_KEY"
wire_api = "responses"

[mcp_servers.hub]
url = "${hub.mcp}"
bearer_token_env_var = "ALKHUB_KEY"
`,
  )
  const { stdout } = await program(
    'codex',
    ['exec', '--skip-git-repo-check', '--json', 'What does the template 7 say?'],
    { CODEX_HOME: codexHome, ALKHUB_KEY: hub.admin.key },
  )
  expect(stdout).toContain('It says Data for ID: 7.')
})

test('opencode reads through the hub, with a model of the hub', async () => {
  await writeFile(
    join(folder, 'opencode.json'),
    JSON.stringify({
      $schema: 'https://opencode.ai/config.json',
      autoupdate: false,
      share: 'disabled',
      model: 'hub/scripted/opencode',
      small_model: 'hub/scripted/opencode',
      provider: {
        hub: {
          npm: '@ai-sdk/openai-compatible',
          options: { baseURL: `${hub.inference}/v1`, apiKey: '{env:ALKHUB_KEY}' },
          models: {
            'scripted/opencode': { tool_call: true },
          },
        },
      },
      mcp: {
        hub: {
          type: 'remote',
          url: hub.mcp,
          headers: { Authorization: 'Bearer {env:ALKHUB_KEY}' },
          oauth: false,
        },
      },
    }),
  )
  const { stdout } = await program('opencode', ['run', 'What does the template 7 say?'], {
    ALKHUB_KEY: hub.admin.key,
  })
  expect(stdout).toContain('It says Data for ID: 7.')
})
