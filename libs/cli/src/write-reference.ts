import { writeFile } from 'node:fs/promises'
import { commandsPage } from './commands-page.ts'

await writeFile(
  new URL('../../../docs/reference/commands.md', import.meta.url),
  await commandsPage(),
)
