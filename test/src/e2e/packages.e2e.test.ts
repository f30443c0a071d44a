import { execFile } from 'node:child_process'
import { cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { packAndInstall } from '../pack.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Libraries that a stranger may install; what they need of the workspace is packed with them. */
const libraries = [
  {
    dir: 'libs/pubsub',
    entries: [
      '@alkdev/errors',
      '@alkdev/pubsub',
      '@alkdev/pubsub/event-target-redis',
      '@alkdev/pubsub/event-target-websocket-client',
      '@alkdev/pubsub/event-target-websocket-server',
      '@alkdev/pubsub/event-target-worker',
      '@alkdev/pubsub/testing',
      '@alkdev/std',
      '@alkdev/std/fetch',
    ],
    /** What its examples import beside it. */
    examplesNeed: ['ioredis', 'ws', '@types/ws'],
    example: 'operators',
    output: 'too hot: 250 and 251\n',
    script: '',
    printed: '',
  },
  {
    dir: 'libs/spoke',
    entries: [
      '@alkdev/contracts',
      '@alkdev/contracts/limits',
      '@alkdev/contracts/wire',
      '@alkdev/errors',
      '@alkdev/operations',
      '@alkdev/operations/from-mcp',
      '@alkdev/operations/from-openapi',
      '@alkdev/operations/from-typemap',
      '@alkdev/operations/internal',
      '@alkdev/operations/schema-compatibility',
      '@alkdev/operations/stream',
      '@alkdev/operations/stream/testing',
      '@alkdev/operations/to-mcp',
      '@alkdev/operations/to-openapi',
      '@alkdev/spoke',
      '@alkdev/spoke/browser',
      '@alkdev/spoke/testing',
      '@alkdev/std',
      '@alkdev/std/fetch',
    ],
    examplesNeed: [],
    example: 'resumable',
    output: 'attached\ncut off\nattached\nbuilt\n',
    /** The thread of the sockets is found where the package is installed: without it this would say so first. */
    script: `import { attachSpoke } from '@alkdev/spoke'
      const say = (text) => console.log(text)
      const onReconnecting = (reason) => { say(reason); void spoke.stop() }
      const options = { hub: 'http://127.0.0.1:1', key: 'k', name: 'x', operations: [] }
      const spoke = attachSpoke({ ...options, onReconnecting, onLog: (_level, text) => say(text) })
      await spoke.ended`,
    printed: 'The hub can not be reached.\n',
  },
]

test.each(libraries)(
  '$dir builds, packs and installs into an empty project; every entry loads, the examples compile and run',
  async ({ dir, entries, examplesNeed, example, output, script, printed }) => {
    await using project = await packAndInstall([dir])
    expect(project.entries.toSorted((a, b) => a.localeCompare(b))).toEqual(entries)
    const loads = entries.map(
      (entry) => `console.log('${entry}', Object.keys(await import('${entry}')).length > 0)`,
    )
    const loaded = await run(process.execPath, ['--input-type=module', '-e', loads.join('\n')], {
      cwd: project.dir,
    })
    expect(loaded.stdout.trimEnd().split('\n')).toEqual(entries.map((entry) => `${entry} true`))
    await cp(join(root, dir, 'examples'), join(project.dir, 'examples'), { recursive: true })
    await link(join(root, dir), project.dir, ['@types/node', ...examplesNeed])
    await compile(project.dir)
    const { stdout } = await run(process.execPath, [`examples/${example}.js`], { cwd: project.dir })
    expect(stdout).toBe(output)
    const said = await run(process.execPath, ['--input-type=module', '-e', script], {
      cwd: project.dir,
    })
    expect(said.stdout).toBe(printed)
  },
  180_000,
)

test.each([
  ['libs/operations', '@alkdev/operations', 10],
  ['libs/taskgraph', '@alkdev/taskgraph', 2],
  ['libs/flowgraph', '@alkdev/flowgraph', 8],
  ['libs/ujsx', '@alkdev/ujsx', 3],
  ['libs/keypal', 'keypal', 3],
])(
  '%s builds, packs and installs into an empty project, and every entry of it loads',
  async (dir, own, entryCount) => {
    await using project = await packAndInstall([dir])
    const entries = project.entries.filter((entry) => entry === own || entry.startsWith(`${own}/`))
    expect(entries).toHaveLength(entryCount)
    const loads = project.entries.map(
      (entry) => `console.log('${entry}', Object.keys(await import('${entry}')).length > 0)`,
    )
    const loaded = await run(process.execPath, ['--input-type=module', '-e', loads.join('\n')], {
      cwd: project.dir,
    })
    expect(loaded.stdout.trimEnd().split('\n')).toEqual(
      project.entries.map((entry) => `${entry} true`),
    )
  },
  180_000,
)

/** Packages as they are installed for a library, beside the ones that were packed. */
async function link(from: string, to: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const at = join(to, 'node_modules', name)
    await mkdir(dirname(at), { recursive: true })
    await symlink(await realpath(join(from, 'node_modules', name)), at)
  }
}

/** Compiles the examples against the packed declarations, checking those as well. */
async function compile(dir: string): Promise<void> {
  const config = {
    compilerOptions: { module: 'nodenext', target: 'esnext', types: ['node'], strict: true },
    include: ['examples/*.ts'],
  }
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify(config))
  await run(join(root, 'node_modules/.bin/tsc'), ['-p', dir]).catch(
    (error: { readonly stdout?: string }) => {
      throw new Error(`the examples do not compile:\n${error.stdout ?? ''}`, { cause: error })
    },
  )
}
