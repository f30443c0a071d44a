import { posix } from 'node:path'
import { splitCode } from './markdown.ts'
import type { CodeBlock } from './markdown.ts'
import type { Repository } from './read-repository.ts'
import { TESTED_DOCUMENTS } from './tested-documents.ts'
import type { TestedDocument } from './tested-documents.ts'

const COMMANDS_PAGE = 'docs/reference/commands.md'
const IMAGE_PROGRAMS = 'libs/sdk/src/bundles/programs.ts'
/** Decisions quote commands of their time. */
const NOT_FOLLOWED = 'docs/decisions/'
const SHELL = new Set(['sh', 'bash', 'shell', 'console'])
/** A command in a sentence: between backquotes, from its first word on. */
const INLINE = /(?<!`)`((?:\.\/)?alkhub |npm run |node )([^`]+)`(?!`)/g
const LINE = /(?:^|[;&|(]\s*|\s)((?:\.\/)alkhub |npm run |node )(.+)$/

interface Command {
  readonly line: number
  readonly program: string
  readonly words: readonly string[]
}

/**
 * Faults of the commands in documents: an `alkhub` command, a script of package.json or a program that does not exist, and commands in
 * `sh` blocks that no test runs.
 */
export function checkCommands(
  repository: Repository,
  tested: Readonly<Record<string, TestedDocument>> = TESTED_DOCUMENTS,
): string[] {
  const known = commandNames(repository.read(COMMANDS_PAGE) ?? '')
  const documents = repository.files.filter(
    (path) => path.endsWith('.md') && !path.includes('/fixtures/'),
  )
  const faults: string[] = []
  const withCommands = new Set<string>()
  for (const path of documents) {
    if (path.startsWith(NOT_FOLLOWED)) continue
    const { prose, blocks } = splitCode(repository.read(path) ?? '')
    const shell = blocks.filter(({ language }) => SHELL.has(language))
    for (const command of [...inlineCommands(prose), ...shell.flatMap(blockCommands)]) {
      const fault = faultOf(repository, path, command, known)
      if (fault !== undefined) faults.push(`${path}:${command.line}: ${fault}`)
    }
    const lines = shell.flatMap(linesOf)
    if (lines.length === 0) continue
    withCommands.add(path)
    faults.push(...untested(repository, path, lines, tested[path]))
  }
  for (const path of Object.keys(tested))
    if (!withCommands.has(path)) faults.push(`tested-documents.ts: ${path} has no commands`)
  return faults
}

/** The paths of the programs in the container image, which are made of those that this file names. */
function imagePrograms(repository: Repository): Set<string> {
  const [, list = ''] =
    /IMAGE_PROGRAMS[^]*?programs: \{([^]*?)\n {2}\}/.exec(repository.read(IMAGE_PROGRAMS) ?? '') ??
    []
  return new Set(
    [...list.matchAll(/^\s*'?([a-z-]+)'?: /gm)].map(([, name = '']) => `programs/${name}.js`),
  )
}

/** Names as they follow `alkhub`: one word, or group and command. */
function commandNames(page: string): Set<string> {
  return new Set([...page.matchAll(/^#{3,4} ([a-z][a-z -]*)$/gm)].map((match) => match[1] ?? ''))
}

function inlineCommands(prose: readonly string[]): Command[] {
  return prose.flatMap((line, index) =>
    [...line.matchAll(INLINE)].map(([, program = '', rest = '']) => ({
      line: index + 1,
      program: program.trim(),
      words: rest.split(/\s+/),
    })),
  )
}

function blockCommands(block: CodeBlock): Command[] {
  return block.lines.flatMap((line, index) => {
    const [, program = '', rest = ''] = LINE.exec(line) ?? []
    if (program === '' || /^\s*#/.test(line)) return []
    return [{ line: block.line + index + 1, program: program.trim(), words: rest.split(/\s+/) }]
  })
}

/** The commands of a block: continued lines joined, comments left out. */
function linesOf(block: CodeBlock): string[] {
  return block.lines
    .join('\n')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

function faultOf(
  repository: Repository,
  document: string,
  { program, words }: Command,
  known: ReadonlySet<string>,
): string | undefined {
  const [first = '', second = ''] = words
  if (program === 'npm run') {
    const name = first.replace(/[^\w:.-].*$/, '')
    if (name === '' || name === '...' || scriptsFor(repository, document).has(name))
      return undefined
    return `there is no script ${name} in package.json`
  }
  if (program === 'node') {
    if (!/^[\w./-]+\/[\w.-]+\.(?:ts|js|mjs)$/.test(first)) return undefined
    if (imagePrograms(repository).has(first)) return undefined
    const near = posix.join(posix.dirname(document), first)
    return repository.has(first) || repository.has(near) ? undefined : `${first} does not exist`
  }
  if (!/^[a-z][a-z-]*$/.test(first)) return undefined
  const group = [...known].some((name) => name.startsWith(`${first} `))
  if (!known.has(first) && !group) return `there is no command \`alkhub ${first}\``
  const isPlain = /^[a-z][a-z-]*$/.test(second)
  if (!group || known.has(`${first} ${second}`) || !isPlain || takesWords(first)) return undefined
  return `there is no command \`alkhub ${first} ${second}\``
}

/** `spoke` is a command of its own and a group: `spoke init DIR`. */
function takesWords(command: string): boolean {
  return command === 'spoke'
}

/** Scripts of the package.json of the document's folder, of the folders above it, and of the root. */
function scriptsFor(repository: Repository, document: string): Set<string> {
  const names = new Set<string>()
  for (let folder = posix.dirname(document); ; folder = posix.dirname(folder)) {
    const manifest = repository.read(posix.join(folder, 'package.json').replace(/^\.\//, ''))
    if (manifest !== undefined) {
      const { scripts = {} } = JSON.parse(manifest) as { scripts?: Record<string, string> }
      for (const name of Object.keys(scripts)) names.add(name)
    }
    if (folder === '.') return names
  }
}

function untested(
  repository: Repository,
  path: string,
  lines: readonly string[],
  entry: TestedDocument | undefined,
): string[] {
  if (entry === undefined)
    return [
      `${path}: no test runs its commands. Run them in a test, and add the document to scripts/documents/tested-documents.ts`,
    ]
  const test = repository.has(entry.test) ? repository.read(entry.test) : undefined
  if (test === undefined) return [`${path}: its test ${entry.test} does not exist`]
  return [
    ...(test.includes(entry.names) ? [] : [`${path}: ${entry.test} does not name it`]),
    ...Object.keys(entry.except ?? {})
      .filter((beginning) => !lines.some((line) => line.startsWith(beginning)))
      .map((beginning) => `${path}: has no command that begins with \`${beginning}\``),
  ]
}
