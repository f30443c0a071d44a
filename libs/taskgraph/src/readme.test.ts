import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const home = new URL('..', import.meta.url)
const readme = await readFile(new URL('README.md', home), 'utf8')
const examples = Array.from(readme.matchAll(/```ts\n(.*?)```/gs), ([, code = '']) => code)

test('the README has examples', () => {
  expect(examples).toHaveLength(4)
})

test.each(examples.map((code, index) => [index + 1, code] as const))(
  'example %i of the README prints what it says, in Node',
  async (number, code) => {
    // Inside the package, where its own name leads to it.
    const folder = new URL(`.types/readme-${process.pid}/`, home)
    const file = fileURLToPath(new URL(`example-${number}.ts`, folder))
    await mkdir(folder, { recursive: true })
    await writeFile(file, code)
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 30_000 })
      const said = Array.from(code.matchAll(/^\/\/ -> (.*)$/gm), ([, line]) => line)
      expect(stdout.trimEnd().split('\n')).toEqual(said)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
  60_000,
)
