import { writeFile } from 'node:fs/promises'
import { configReferencePage } from './reference-page.ts'

await writeFile(
  new URL('../../../docs/reference/config.md', import.meta.url),
  configReferencePage(),
)
