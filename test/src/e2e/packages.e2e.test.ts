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
    program: `
      import { createPubSub, filter, pipe, take, toArray } from '@alkdev/pubsub'
      const pubsub = createPubSub<{ 'n': number }>()
      const events = pubsub.subscribe('n', '')
      await events.ready()
      for (let n = 0; n < 5; n++) pubsub.publish('n', '', n)
      const even = await pipe(events, filter(({ payload }) => payload % 2 === 0), take(2), toArray)
      const payloads: number[] = even.map((event) => event.payload)
      console.log(JSON.stringify(payloads))
    `,
    output: '[0,2]\n',
    /** What its examples import beside it. */
    examplesNeed: ['ioredis', 'ws', '@types/ws'],
  },
]

test.each(libraries)(
  '$dir builds, packs and installs into an empty project; every entry loads and is typed',
  async ({ dir, entries, program, output, examplesNeed }) => {
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
    await writeFile(join(project.dir, 'program.ts'), program)
    await cp(join(root, dir, 'examples'), join(project.dir, 'examples'), { recursive: true })
    await link(join(root, dir), project.dir, ['@types/node', ...examplesNeed])
    await compile(project.dir)
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: project.dir })
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

/** Compiles all programs of the project against the packed declarations, checking those as well. */
async function compile(dir: string): Promise<void> {
  const config = {
    compilerOptions: { module: 'nodenext', target: 'esnext', types: ['node'], strict: true },
    include: ['*.ts', 'examples/*.ts'],
  }
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify(config))
  await run(join(root, 'node_modules/.bin/tsc'), ['-p', dir]).catch(
    (error: { readonly stdout?: string }) => {
      throw new Error(`the programs do not compile:\n${error.stdout ?? ''}`, { cause: error })
    },
  )
}
