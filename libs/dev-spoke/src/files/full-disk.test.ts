import { execFileSync } from 'node:child_process'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OperationContext } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { devOperations } from '../index.ts'

const KIB = 1024

/** A file system of 256 KiB; undefined where none can be mounted. */
function smallDisk(): (Disposable & { readonly folder: string }) | undefined {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'full-disk-')))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
  return {
    folder,
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true })
    },
  }
}

test('on a full disk a write or an edit fails with a code, leaves the file as it was and no other one, and succeeds when there is room', async ({
  skip,
}) => {
  using disk = smallDisk()
  if (disk === undefined) {
    skip('no file system can be mounted here')
    return
  }
  const operations = await devOperations({ folder: disk.folder, allowShell: false })
  const call = async (name: string, input: unknown): Promise<unknown> => {
    const operation = operations.find((op) => `${op.namespace}.${op.name}` === name)
    const handler = operation?.handler as (input: unknown, context: OperationContext) => unknown
    return handler(input, {})
  }
  await call('fs.write', { path: 'kept.txt', content: 'as it was' })
  writeFileSync(join(disk.folder, 'filler'), Buffer.alloc(200 * KIB))
  const full = { code: 'EXECUTION_ERROR', message: expect.stringContaining('(ENOSPC)') }
  const content = 'x'.repeat(100 * KIB)
  await expect(call('fs.write', { path: 'kept.txt', content })).rejects.toMatchObject(full)
  await expect(call('fs.write', { path: 'new.txt', content })).rejects.toMatchObject(full)
  await expect(
    call('fs.write', { path: 'new.txt', content, mode: 'create' }),
  ).rejects.toMatchObject(full)
  await expect(
    call('fs.edit', { path: 'kept.txt', edits: [{ oldText: 'as it was', newText: content }] }),
  ).rejects.toMatchObject(full)
  expect(readFileSync(join(disk.folder, 'kept.txt'), 'utf8')).toBe('as it was')
  expect(readdirSync(disk.folder).toSorted()).toEqual(['filler', 'kept.txt'])
  rmSync(join(disk.folder, 'filler'))
  await call('fs.write', { path: 'kept.txt', content })
  expect(readFileSync(join(disk.folder, 'kept.txt'), 'utf8')).toBe(content)
})
