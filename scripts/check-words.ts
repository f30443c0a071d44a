import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findWords } from './words/check.ts'
import { textFiles } from './words/files.ts'

/** `node scripts/check-words.ts [PATH_PREFIX ...]`: lists words that the glossary replaces; exit 1 when there is one. */
const root = fileURLToPath(new URL('..', import.meta.url))
const prefixes = process.argv.slice(2)
const wanted = textFiles(root).filter(
  (path) => prefixes.length === 0 || prefixes.some((prefix) => path.startsWith(prefix)),
)
let count = 0
for (const path of wanted) {
  for (const { line, word, instead } of findWords(readFileSync(join(root, path), 'utf8'))) {
    console.error(`${path}:${line}: "${word}": write ${instead}`)
    count++
  }
}
console.log(`${wanted.length} files, ${count} words that the glossary replaces`)
if (count > 0 || wanted.length === 0) process.exitCode = 1
