import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { devOperations } from '@alkdev/dev-spoke'
import { startScriptedModel } from '@alkdev/scripted-model'
import { attachSpoke } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

/** The answers of the model, those of `turns` first. */
const scriptOf = (turns: string): string => `
models:
  coder:
    turns:${turns}
      - when: '^ask'
        steps:
          - reasoning: 'The file is the only one that names the port, so it is the one to change.'
            say: 'I will write the new port into the settings.'
            calls:
              - tool: call
                arguments: { operationId: dev.laptop.fs.write, input: { path: settings.json, content: '{"port": 4000}' } }
          - say: Done.
      - when: '^slow'
        steps:
          - say: 'one two three four five six seven eight nine ten '
            times: 300
            pieceChars: 10
            pieceMs: 50
      - when: '^fast'
        steps:
          - say: 'one two three four five six seven eight nine ten '
            times: 400
            pieceChars: 10
            pieceMs: 10
      - when: '^read'
        steps:
          - say: 'I will look at the folder first.'
            calls:
              - tool: call
                arguments: { operationId: dev.laptop.fs.list, input: { path: '.' } }
          - say: |
              The folder holds the settings and the notes. **Everything is in place.**

              - \`settings.json\` names the port
              - \`notes.md\` has no text yet
      - steps:
          - say: 'You said {{prompt}}'
`

/** A text that would run scripts or break the layout if a view put it anywhere as HTML. */
export const HOSTILE =
  '"><img src=x onerror="window.hit=1"><script>window.hit=1</script><svg onload=window.hit=1>{{7*7}} שלום'

export interface DemoHub extends AsyncDisposable {
  readonly hub: TestStack
  /** Of an account that may see everything that was made. */
  readonly lead: TestKey
  /** Calls an operation as that account. Throws when the hub refuses. */
  readonly ok: <T = Record<string, unknown>>(operationId: string, input?: object) => Promise<T>
  /** Attaches the spoke again after it was taken away. */
  attach(): Promise<Spoke>
  readonly spoke: () => Spoke
  /** Sizes of the built files. */
  readonly files: readonly { readonly name: string; readonly gzipBytes: number }[]
  /** Milliseconds that the build took, as `alkhub up` starts it after a change. */
  readonly buildMs: number
  /** The folder with the built console. */
  readonly built: string
}

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Builds the console into a folder of its own and gives the sizes of its files. */
function buildConsole(folder: string): DemoHub['files'] {
  const main = join(root, 'apps/console/src/build/main.ts')
  const output = execFileSync(process.execPath, [main, folder], { encoding: 'utf8' })
  return output
    .trim()
    .split('\n')
    .map((line) => {
      const [, name = '', bytes] = /^(\S+) \d+ bytes, (\d+) compressed$/.exec(line) ?? []
      return { name, gzipBytes: Number(bytes) }
    })
}

export interface DemoHubOptions {
  /** Further answers of the model, as turns of its script; each begins with a line break. */
  readonly turns?: string
  /** Further sections of the config. */
  readonly sections?: Parameters<typeof startTestStack>[0]
}

/** A hub with its console, a dev spoke on a small repository and a scripted model. */
export async function startDemoHub({
  turns = '',
  sections = {},
}: DemoHubOptions = {}): Promise<DemoHub> {
  await using stack = new AsyncDisposableStack()
  const folder = (name: string): string => {
    const path = realpathSync(mkdtempSync(join(tmpdir(), `alkhub-${name}-`)))
    stack.defer(() => rmSync(path, { recursive: true, force: true }))
    return path
  }
  const built = join(folder('console'), 'built')
  const begunAt = performance.now()
  const files = buildConsole(built)
  const buildMs = performance.now() - begunAt
  const work = folder('work')
  const git = (...args: string[]): void =>
    void execFileSync('git', args, { cwd: work, stdio: 'pipe' })
  git('init', '-q', '-b', 'main')
  git('config', 'user.email', 'lead@example.com')
  git('config', 'user.name', 'Lead')
  writeFileSync(join(work, 'settings.json'), '{"port": 3000}\n')
  writeFileSync(join(work, 'notes.md'), '# Notes\n')
  git('add', '.')
  git('commit', '-qm', 'Begin')
  const scripts = folder('scripts')
  writeFileSync(join(scripts, 'coder.yaml'), scriptOf(turns))
  const models = stack.use(await startScriptedModel({ folder: scripts }))
  const hub = stack.use(await startTestStack({ ...sections, http: { consoleFolder: built } }))
  const lead = hub.admin
  const ok: DemoHub['ok'] = async (operationId, input = {}) => {
    const { status, body } = await call(hub, lead, operationId, input)
    if (status !== 200) throw new Error(`${operationId}: ${status} ${JSON.stringify(body)}`)
    return body.data
  }
  await ok('clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: {
      baseUrl: models.url,
      prices: { coder: { input: 3, output: 15 } },
    },
    secret: 'secret-of-no-one',
  }).catch(() =>
    ok('clients.create', {
      name: 'scripted',
      type: 'llm-provider',
      config: { baseUrl: models.url },
      secret: 'secret-of-no-one',
    }),
  )
  let spoke: Spoke
  const attach = async (): Promise<Spoke> => {
    spoke = attachSpoke({
      hub: hub.broker,
      key: lead.key,
      name: 'laptop',
      spokeType: 'dev-env',
      version: '2.1.0',
      operations: await devOperations({ folder: work, allowShell: false }),
    })
    await spoke.attached()
    return spoke
  }
  await attach()
  stack.defer(() => spoke[Symbol.asyncDispose]())
  const owned = stack.move()
  return {
    hub,
    lead,
    ok,
    attach,
    spoke: () => spoke,
    files,
    buildMs,
    built,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
