import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { renderTableReference } from './table-reference.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

test('the table reference says what the definitions say', async () => {
  const text = await renderTableReference(at('../schema'))
  expect(text.match(/^### /gm)).toHaveLength(35)
  await expect(text).toMatchFileSnapshot(
    at('../../../../docs/architecture/storage/table-reference.md'),
  )
})
