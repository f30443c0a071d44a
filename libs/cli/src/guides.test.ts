import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FIRST_KEY_COMMAND } from '@alkdev/service/admin'
import { expect, test } from 'vitest'
import { isGroup, parseCommand } from './command.ts'
import type { Command } from './command.ts'
import { commands } from './commands/table.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = fileURLToPath(new URL('../../../docs/guides', import.meta.url))
const names = (await readdir(folder)).filter((name) => name.endsWith('.md') && name !== 'README.md')
const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')

/** Named in sentences without one of their commands. */
const GROUPS = new Set(
  (
    await Promise.all(
      Object.entries(commands).map(async ([name, { load }]) => ({ name, command: await load() })),
    )
  )
    .filter(({ command }) => isGroup(command))
    .map(({ name }) => name),
)

/** The words of a command line, with quotes read as a shell does. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    (word) => word[1] ?? word[2] ?? word[3] ?? '',
  )
}

/** The part of a line before a `|` that no quote holds. */
function untilPipe(line: string): string {
  return /^(?:'[^']*'|"[^"]*"|[^'"|])*/.exec(line)?.[0].trimEnd() ?? line
}

/** The words after `./alkhub` of each line of the `sh` blocks. */
function commandLines(markdown: string): string[][] {
  return [...markdown.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .flatMap(([, block = '']) => block.replaceAll('\\\n', ' ').split('\n'))
    .flatMap(
      (line) =>
        /\.\/alkhub (.*)$/.exec(line.replace(/\s#\s.*$/, '').replace(/\s\|$/, ''))?.[1] ?? [],
    )
    .map(untilPipe)
    .map(wordsOf)
}

/** The same of the commands in sentences, without those that leave something out. */
function inlineCommands(markdown: string): string[][] {
  return [...markdown.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`(?:\.\/)?alkhub ([^`]+)`/g)]
    .map(([, line = '']) => line)
    .filter((line) => !/\.\.\.|[[\](|<]/.test(line))
    .map(wordsOf)
    .filter(([name = '', ...rest]) => rest.length > 0 || !GROUPS.has(name))
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
  expect(await faultsOf(lines)).toEqual([])
})

async function faultsOf(lines: readonly string[][]): Promise<string[]> {
  const wrong: string[] = []
  for (const words of lines) {
    try {
      const { command, rest } = await find(words)
      parseCommand(words.join(' '), command, rest)
    } catch (error) {
      wrong.push(`${words.join(' ')}: ${(error as Error).message}`)
    }
  }
  return wrong
}

/** Every Markdown file outside of decisions, which quote commands of their time, and of the page that shows usages. */
async function documents(): Promise<string[]> {
  const below = async (parent: string): Promise<string[]> =>
    (await readdir(join(root, parent), { recursive: true }))
      .filter((name) => name.endsWith('.md') && !/node_modules|fixtures/.test(name))
      .map((name) => `${parent}/${name}`)
  const found = await Promise.all(['docs', 'examples', 'tasks'].map(below))
  const libraries = (await readdir(join(root, 'libs'))).map((name) => `libs/${name}/README.md`)
  return ['README.md', 'AGENTS.md', ...libraries, ...found.flat()].filter(
    (path) =>
      !path.startsWith('docs/decisions/') &&
      path !== 'docs/reference/commands.md' &&
      existsSync(join(root, path)),
  )
}

test('every `alkhub` command of every document exists with its options', async () => {
  const wrong: string[] = []
  for (const path of await documents()) {
    const markdown = await readFile(join(root, path), 'utf8')
    const faults = await faultsOf([...commandLines(markdown), ...inlineCommands(markdown)])
    wrong.push(...faults.map((fault) => `${path}: ${fault}`))
  }
  expect(wrong).toEqual([])
})

/** The commands in the strings and the text of a source file of the console, with a word in place of what it fills in. */
function consoleCommands(source: string): string[][] {
  const filled = source.replaceAll(/\$\{[^}]*\}/g, 'x')
  return [...filled.matchAll(/(['"`>])\.\/alkhub (.*?)(?:\1|<)/g)].map(([, , line = '']) =>
    wordsOf(line).filter((word) => word !== '--help'),
  )
}

test('every command that the console shows exists with its options', async () => {
  const sources = join(root, 'apps/console/src')
  const files = (await readdir(sources, { recursive: true })).filter((name) =>
    name.endsWith('.tsx'),
  )
  const texts = await Promise.all(files.map((name) => readFile(join(sources, name), 'utf8')))
  const lines = texts.flatMap(consoleCommands)
  expect(lines.length).toBeGreaterThan(30)
  expect(await faultsOf(lines)).toEqual([])
})

test('the guide of the compose stack and the program that prints it name one way to the first key', async () => {
  expect((await read('run-with-compose.md')).split('\n')).toContain(FIRST_KEY_COMMAND)
})

test('the list of guides names every guide', async () => {
  const list = await read('README.md')
  expect(names.filter((name) => !list.includes(`](${name})`))).toEqual([])
})
