import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** `vocabulary` holds words that the search knows. */
const SKIPPED_FOLDERS = new Set([
  'node_modules',
  '.types',
  '.git',
  '.alkhub',
  'dist',
  'results',
  'fixtures',
  'vocabulary',
  'meta',
])
/** The rules name the words, and the glossary lists the terms that are not used. */
const SKIPPED_FILES = new Set(['rules.ts', 'glossary.md', 'words.test.ts'])
const ENDINGS = ['.ts', '.tsx', '.md', '.sh', '.sql']

/** The paths, relative to `root`, of every text file that the word check reads. */
export function textFiles(root: string, folder = ''): string[] {
  const found: string[] = []
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      if (!SKIPPED_FOLDERS.has(entry.name)) found.push(...textFiles(root, path))
    } else if (
      ENDINGS.some((ending) => entry.name.endsWith(ending)) &&
      !SKIPPED_FILES.has(entry.name)
    ) {
      found.push(path)
    }
  }
  return found
}
