import { fileURLToPath } from 'node:url'
import { changedDays } from './documents/changed-days.ts'
import { checkCommands } from './documents/commands.ts'
import { checkFrontMatter, FOLDER } from './documents/front-matter.ts'
import { checkLinks } from './documents/links.ts'
import { checkNamedFiles } from './documents/named-files.ts'
import { readRepository } from './documents/read-repository.ts'
import { checkRequiredPages } from './documents/required-pages.ts'
import { checkSanitised, hashOfWord } from './documents/sanitised.ts'
import { checkTaskFiles } from './documents/task-files.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const repository = readRepository(root)
const asked = process.argv.indexOf('--hash')
if (asked !== -1) console.log(hashOfWord(process.argv[asked + 1] ?? ''))
const faults = [
  ...checkFrontMatter(repository, Date.now(), changedDays(root, FOLDER)),
  ...checkRequiredPages(repository),
  ...checkLinks(repository),
  ...checkNamedFiles(repository),
  ...checkCommands(repository),
  ...checkTaskFiles(repository),
  ...checkSanitised(repository),
]
for (const fault of faults) console.error(fault)
console.log(`${repository.files.length} files, ${faults.length} faults of documents`)
if (faults.length > 0 || repository.files.length === 0) process.exitCode = 1
