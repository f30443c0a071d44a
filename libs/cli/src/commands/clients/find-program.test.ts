import { chmod, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findProgram } from './find-program.ts'

test('a program is found by its path and on the PATH; an address and a file that does not run are none', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-program-'))
  const file = join(dir.path, 'serve')
  await writeFile(file, '#!/bin/sh\n')
  await writeFile(join(dir.path, 'notes'), 'text')
  await mkdir(join(dir.path, 'mcp.example.com'))
  await chmod(file, 0o755)
  const path = `/nowhere:${dir.path}`
  const at = { cwd: dir.path, path }
  expect(findProgram('serve', { cwd: '/', path })).toBe(file)
  expect(findProgram('./serve', at)).toBe(file)
  expect(findProgram(file, { cwd: '/' })).toBe(file)
  for (const none of ['notes', 'mcp.example.com', 'mcp.example.com/mcp', 'not-a-url', './absent'])
    expect(findProgram(none, at)).toBeUndefined()
})
