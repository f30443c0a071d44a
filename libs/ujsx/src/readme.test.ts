import { readFile } from 'node:fs/promises'
import { format } from 'node:util'
import { expect, test, vi } from 'vitest'

/** `<!-- name.ts -->`, the program, and what it prints. */
const example =
  /<!-- (?<name>[\w-]+)\.ts -->\n```ts\n(?<code>[^]*?)```\n\n```text\n(?<output>[^]*?)```/g

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(example)].map((match) => match.groups ?? {})

test('the README has examples', () => {
  expect(examples.length).toBeGreaterThan(0)
})

test.each(examples)(
  'the example $name of the README is the file that runs, and prints what it says',
  async (given) => {
    const file = new URL(`../examples/${given['name'] ?? ''}.ts`, import.meta.url)
    expect(given['code']).toBe(await readFile(file, 'utf8'))
    const printed: string[] = []
    const log = vi
      .spyOn(console, 'log')
      .mockImplementation((...words) => void printed.push(format(...words)))
    try {
      await import(file.href)
    } finally {
      log.mockRestore()
    }
    expect(`${printed.join('\n')}\n`).toBe(given['output'])
  },
)
