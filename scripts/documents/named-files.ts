import { posix } from 'node:path'
import type { Repository } from './read-repository.ts'

/** Decisions tell of what was there when they were taken. */
const OF_THEIR_TIME = 'docs/decisions/'
const CODE_BLOCK = /^```\n([\s\S]*?)^```/gm
/** The first line of a tree of files: a folder from the root of the repository. */
const TREE_ROOT = /^((?:services|libs|apps|test|bench|scripts)\/[\w./-]*)(?:\s|$)/
/** A line below it: a file or a folder, indented, and what it is for. */
const TREE_ENTRY = /^(\s+)([\w.-]+\.[a-z]+|[\w-]+\/)(?:\s|$)/
/** A source file that a sentence names, with or without its folder. */
const NAMED_SOURCE = /`((?:[\w-]+\/)*\w[\w.-]*\.tsx?)`/g

/** Every file of a tree in a code block, and every source file named in a sentence of `docs`, that does not exist; decisions excepted. */
export function checkNamedFiles(repository: Repository): string[] {
  const names = new Set(repository.files.map((path) => posix.basename(path)))
  return repository.files
    .filter((path) => path.startsWith('docs/') && path.endsWith('.md'))
    .filter((path) => !path.startsWith(OF_THEIR_TIME))
    .flatMap((path) => {
      const text = repository.read(path) ?? ''
      const ofTrees = [...text.matchAll(CODE_BLOCK)].flatMap(([, block = '']) =>
        missingOfTree(repository, block),
      )
      const ofSentences = [...text.matchAll(NAMED_SOURCE)].flatMap(([, named = '']) =>
        names.has(posix.basename(named)) ? [] : [named],
      )
      return [...new Set([...ofTrees, ...ofSentences])].map(
        (missing) => `${path}: names ${missing}, which does not exist`,
      )
    })
}

function missingOfTree(repository: Repository, block: string): string[] {
  const missing: string[] = []
  /** The folders in which the next line can be, outermost first, with their indentation. */
  let open: { readonly indent: number; readonly folder: string }[] = []
  const look = (path: string): void => {
    if (!repository.has(path)) missing.push(path)
  }
  for (const line of block.split('\n')) {
    const [, root] = TREE_ROOT.exec(line) ?? []
    if (root !== undefined) {
      const folder = root.replace(/\/$/, '')
      look(folder)
      open = [{ indent: 0, folder }]
      continue
    }
    const [, indent = '', entry = ''] = TREE_ENTRY.exec(line) ?? []
    if (entry === '') continue
    open = open.filter((one) => one.indent < indent.length)
    const parent = open.at(-1)
    if (parent === undefined) continue
    const path = posix.join(parent.folder, entry.replace(/\/$/, ''))
    look(path)
    if (entry.endsWith('/')) open.push({ indent: indent.length, folder: path })
  }
  return missing
}
