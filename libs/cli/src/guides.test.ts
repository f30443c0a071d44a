import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FIRST_KEY_COMMAND } from '@alkdev/service/admin'
import { expect, test } from 'vitest'
import { isGroup, parseCommand } from './command.ts'
import type { Command } from './command.ts'
import { commands } from './commands/table.ts'

const folder = fileURLToPath(new URL('../../../docs/guides', import.meta.url))
const names = (await readdir(folder)).filter((name) => name.endsWith('.md'))
const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')

/** The words after `./alkhub` of each line of the `sh` blocks; quotes as a shell takes them. */
function commandLines(markdown: string): string[][] {
  return [...markdown.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .flatMap(([, block = '']) => block.replaceAll('\\\n', ' ').split('\n'))
    .flatMap((line) => /\.\/alkhub (.*)$/.exec(line)?.[1] ?? [])
    .map((line) =>
      [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
        (word) => word[1] ?? word[2] ?? word[3] ?? '',
      ),
    )
}

async function find(
  words: readonly string[],
): Promise<{ command: Command; rest: readonly string[] }> {
  const [name = '', sub = ''] = words
  const command = await commands[name]?.load()
  if (command === undefined) throw new Error(`there is no command ${name}`)
  if (!isGroup(command)) return { command, rest: words.slice(1) }
  const entry = command.subcommands[sub]
  if (entry === undefined) throw new Error(`there is no command ${name} ${sub}`)
  return { command: await entry.load(), rest: words.slice(2) }
}

test.each(names)('every command of %s exists with its options', async (name) => {
  const lines = commandLines(await read(name))
  expect(lines.length).toBeGreaterThan(0)
  const wrong: string[] = []
  for (const words of lines) {
    const { command, rest } = await find(words)
    try {
      parseCommand(words.join(' '), command, rest)
    } catch (error) {
      wrong.push(`${words.join(' ')}: ${(error as Error).message}`)
    }
  }
  expect(wrong).toEqual([])
})

test.each(names)('every file that %s links to is there', async (name) => {
  const links = [...(await read(name)).matchAll(/\]\(([^)#]+?\.md)(?:#[^)]*)?\)/g)]
  const missing = links
    .map(([, link = '']) => link)
    .filter((link) => !existsSync(join(folder, link)))
  expect(missing).toEqual([])
})

test('the guide of the compose stack and the program that prints it name one way to the first key', async () => {
  expect((await read('run-with-compose.md')).split('\n')).toContain(FIRST_KEY_COMMAND)
})
