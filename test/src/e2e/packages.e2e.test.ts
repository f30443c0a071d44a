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
    ],
    /** What its examples import beside it. */
    examplesNeed: ['ioredis', 'ws', '@types/ws'],
    example: 'operators',
    output: 'too hot: 250 and 251\n',
  },
]

test.each(libraries)(
  '$dir builds, packs and installs into an empty project; every entry loads, the examples compile and run',
  async ({ dir, entries, examplesNeed, example, output }) => {
    await using project = await packAndInstall([dir])
    expect(project.entries.toSorted((a, b) => a.localeCompare(b))).toEqual(entries)
    for (const entry of project.entries) {
      const { stdout } = await run(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `console.log(Object.keys(await import('${entry}')).length > 0)`,
        ],
        { cwd: project.dir },
      )
      expect(`${entry} ${stdout}`).toBe(`${entry} true\n`)
    }
    await cp(join(root, dir, 'examples'), join(project.dir, 'examples'), { recursive: true })
    await link(join(root, dir), project.dir, ['@types/node', ...examplesNeed])
    await compile(project.dir)
    const { stdout } = await run(process.execPath, [`examples/${example}.js`], { cwd: project.dir })
    expect(stdout).toBe(output)
  },
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
