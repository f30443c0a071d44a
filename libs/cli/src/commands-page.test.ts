import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { commandsPage } from './commands-page.ts'

test(
  'docs/reference/commands.md is what the commands say; `node libs/cli/src/write-reference.ts` writes it',
  { timeout: 60_000 },
  async () => {
    const page = await readFile(
      new URL('../../../docs/reference/commands.md', import.meta.url),
      'utf8',
    )
    expect(page).toBe(await commandsPage())
  },
)
