import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { devOperations } from '../dev-operations.ts'
import type { DevOperation } from '../define.ts'

export interface Served extends Disposable {
  readonly folder: string
  readonly operations: readonly DevOperation[]
  git(...args: string[]): string
  call(name: string, input: unknown, context?: OperationContext): Promise<unknown>
  recover(name: string, input: unknown, context?: OperationContext): Promise<unknown>
  items(
    name: string,
    input: unknown,
    context?: OperationContext,
  ): AsyncGenerator<Record<string, unknown>>
}

type Handler = (input: unknown, context: OperationContext) => unknown

/** A repository with one commit of `a.txt` on `main`, and the operations of a dev spoke on it, with the shell. `stateFolder`: as in DevOperationsOptions. */
export async function makeRepository(stateFolder?: string): Promise<Served> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dev-spoke-git-')))
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: folder, stdio: 'pipe' }).toString().trim()
  git('init', '-q', '-b', 'main')
  git('config', 'user.email', 'a@b.c')
  git('config', 'user.name', 'a')
  writeFileSync(join(folder, 'a.txt'), 'one\n')
  git('add', '.')
  git('commit', '-qm', 'first')
  const operations = await devOperations({
    folder,
    allowShell: true,
    ...compact({ stateFolder }),
  })
  const find = (name: string): DevOperation => {
    const found = operations.find((op) => `${op.namespace}.${op.name}` === name)
    if (!found) throw new Error(`There is no ${name}.`)
    return found
  }
  return {
    folder,
    operations,
    git,
    call: async (name, input, context = {}) => (find(name).handler as Handler)(input, context),
    recover: async (name, input, context = {}) => (find(name).recover as Handler)(input, context),
    items: (name, input, context = {}) =>
      (find(name).handler as Handler)(input, context) as AsyncGenerator<Record<string, unknown>>,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
