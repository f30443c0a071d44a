import { execFile } from 'node:child_process'
import { realpath, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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
  },
]

test.each(libraries)(
  '$dir builds, packs and installs into an empty project; every entry loads and is typed',
  async ({ dir, entries, program, output }) => {
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
    await compile(project.dir, program)
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: project.dir })
    expect(stdout).toBe(output)
  },
)

/** Compiles a program against the packed declarations, checking those as well. */
async function compile(dir: string, program: string): Promise<void> {
  await writeFile(join(dir, 'program.ts'), program)
  const types = join(dir, 'node_modules/@types')
  await symlink(await realpath(join(root, 'node_modules/@types')), types).catch(() => {})
  const options = ['--module', 'nodenext', '--target', 'esnext', '--types', 'node', '--strict']
  await run(join(root, 'node_modules/.bin/tsc'), ['program.ts', ...options], { cwd: dir }).catch(
    (error: { stdout?: string }) => {
      throw new Error(`the program does not compile:\n${error.stdout ?? ''}`, { cause: error })
    },
  )
}
