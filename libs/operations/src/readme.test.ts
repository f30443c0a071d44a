import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const folder = new URL('../', import.meta.url)
const readme = await readFile(new URL('README.md', folder), 'utf8')
/** The first program below a heading. */
const programBelow = (heading: string): string =>
  /```ts\n([^]*?)```/.exec(readme.slice(readme.indexOf(heading)))?.[1] ?? ''

test.each([
  ['# @alkdev/operations', ''],
  ['### From OpenAPI', "{ url: 'https://tulips.example/v1/tulips/7' }\n"],
])('the program of the README below "%s" runs as it is printed', async (heading, output) => {
  const program = ['--input-type=module-typescript', '--eval', programBelow(heading)]
  const { stdout, stderr } = await run(process.execPath, program, { cwd: fileURLToPath(folder) })
  expect([stdout, stderr]).toEqual([output, ''])
})
