import { fileURLToPath } from 'node:url'
import { checkWorkspace } from './workspace/check.ts'
import { readWorkspace } from './workspace/package-files.ts'
import { writePackagesPage } from './workspace/packages-page.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const packages = readWorkspace(root)
if (process.argv.includes('--write')) writePackagesPage(root, packages)
const breaches = checkWorkspace(root, packages)
for (const breach of breaches) console.error(breach)
console.log(
  `${packages.length} packages, ${breaches.length} breaches of the rules of the workspace`,
)
if (breaches.length > 0 || packages.length === 0) process.exitCode = 1
