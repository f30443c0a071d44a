import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { HUB_EVENTS } from './index.ts'

test('docs/reference/events.md has each event of the hub, with its scope', async () => {
  const page = await readFile(new URL('../../../docs/reference/events.md', import.meta.url), 'utf8')
  const rows = page.matchAll(/^\| `([a-z]+\.[a-z]+)` \| `([a-z]+:[a-z]+)` \|/gm)
  const described = Object.fromEntries([...rows].map(([, type, scope]) => [type, scope]))
  expect(described).toEqual(HUB_EVENTS)
})
