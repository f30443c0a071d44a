import { posix } from 'node:path'
import { anchorsOf, linksOf } from './markdown.ts'
import type { Repository } from './read-repository.ts'

const EXTERNAL = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i
/** A path of a document in code (tests may invent one), messages and other documents, for instance in an error that names its guide. */
const NAMED_DOCUMENT = /(?<![\w./-])docs\/[\w./-]+\.md(?![\w-])/g
const TEXT_ENDINGS = ['.ts', '.tsx', '.js', '.json', '.yml', '.yaml', '.sh', '.sql', '.md']

/** Texts that become parts of pages elsewhere, whose links start there. */
const PARTS_OF_PAGES = 'bench/results/'
/** Decisions have no index: their folder is one, and pages link those that they need. */
const WITHOUT_INDEX = 'docs/decisions/'

/**
 * Every link of a Markdown file to a file, folder or heading that does not exist, every named document that does not exist, and every
 * page of docs that no other page links to.
 */
export function checkLinks(repository: Repository): string[] {
  const anchors = new Map<string, Set<string>>()
  const hasAnchor = (path: string, anchor: string): boolean => {
    const known = anchors.get(path) ?? anchorsOf(repository.read(path) ?? '')
    anchors.set(path, known)
    return known.has(anchor)
  }
  const faults: string[] = []
  const linked = new Set<string>()
  for (const path of repository.files) {
    if (!TEXT_ENDINGS.some((ending) => path.endsWith(ending))) continue
    const text = repository.read(path)
    if (text === undefined) continue
    if (path.endsWith('.md') && !path.startsWith(PARTS_OF_PAGES))
      faults.push(...faultsOf(repository, path, text, { hasAnchor, linked }))
    if (!text.includes('docs/') || path.endsWith('.test.ts')) continue
    for (const [named] of text.matchAll(NAMED_DOCUMENT))
      if (!repository.has(named)) faults.push(`${path}: names ${named}, which does not exist`)
  }
  const unlinked = repository.files
    .filter((path) => path.startsWith('docs/') && path.endsWith('.md') && !linked.has(path))
    .filter((path) => !path.startsWith(WITHOUT_INDEX))
    .map((path) => `${path}: no other page links to it`)
  return [...new Set(faults), ...unlinked]
}

interface Found {
  readonly hasAnchor: (path: string, anchor: string) => boolean
  /** Collects the files to which other files link. */
  readonly linked: Set<string>
}

function faultsOf(
  repository: Repository,
  path: string,
  text: string,
  { hasAnchor, linked }: Found,
): string[] {
  return linksOf(text).flatMap(({ line, target }) => {
    if (target === '') return [`${path}:${line}: a link without a target`]
    if (EXTERNAL.test(target)) return []
    const [file = '', anchor] = target.split('#')
    const to = file === '' ? path : posix.join(posix.dirname(path), decode(file)).replace(/\/$/, '')
    if (!repository.has(to === '.' ? '' : to)) return [`${path}:${line}: ${target} does not exist`]
    if (to !== path) linked.add(to)
    if (anchor === undefined || !to.endsWith('.md')) return []
    return hasAnchor(to, decode(anchor)) ? [] : [`${path}:${line}: ${to} has no heading #${anchor}`]
  })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
