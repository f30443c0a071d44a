import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A git repository with one commit of `a.txt` on `main`. */
export interface GitFolder extends Disposable {
  readonly folder: string
  readonly git: (...args: string[]) => string
  /** The subjects of the commits of a branch, newest first. */
  subjects(branch: string): string[]
  /** The content of a file of a branch. */
  file(branch: string, path: string): string
}

export function makeGitFolder(): GitFolder {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'alkhub-git-')))
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: folder, stdio: 'pipe' }).toString().trim()
  git('init', '-q', '-b', 'main')
  git('config', 'user.email', 'a@b.c')
  git('config', 'user.name', 'a')
  writeFileSync(join(folder, 'a.txt'), 'one\n')
  git('add', '.')
  git('commit', '-qm', 'first')
  return {
    folder,
    git,
    subjects: (branch) => git('log', '--format=%s', branch).split('\n'),
    file: (branch, path) => git('show', `${branch}:${path}`),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
