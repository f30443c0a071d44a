import { stat, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { readConfigFile } from '../git/read-config-file.ts'
import type { GitSetting } from '../git/own-config.ts'
import { plainName } from './plain-name.ts'

/** Files and folders, at any depth, that git, a hook manager, direnv or a shell obeys without being asked. */
const names = new Set([
  ...['.gitattributes', '.gitmodules', '.gitconfig', '.githooks', '.husky', '.lefthook'],
  ...['.pre-commit-config.yaml', '.pre-commit-config.yml', '.overcommit.yml', '.lintstagedrc'],
  ...['.envrc', '.autoenv', '.autoenv.zsh', '.mise', '.mise.toml', 'mise.toml', '.mise.local.toml'],
  ...['mise.local.toml', '.direnvrc'],
  ...['.bashrc', '.bash_profile', '.bash_login', '.bash_logout', '.bash_aliases', '.profile'],
  ...['.zshrc', '.zshenv', '.zprofile', '.zlogin', '.zlogout', '.kshrc', '.mkshrc', '.cshrc'],
  ...['.tcshrc', '.login', '.logout', '.inputrc', '.ssh', '.xprofile', '.xinitrc', '.xsessionrc'],
])
const namePattern = /^\.?lefthook(?:-local)?\.(?:ya?ml|toml|json)$/
/** Folders of two parts. */
const pairs = new Set([
  '.config/git',
  '.config/fish',
  '.config/mise',
  '.config/direnv',
  'mise/config.toml',
])

/** Settings of a repository whose values are files that git reads as settings, or folders of hooks. */
const pathKeys = /^(?:core\.(?:hookspath|attributesfile)|include(?:if\..*)?\.path)$/s
/** Settings whose values are commands. */
const commandKeys =
  /^(?:core\.(?:fsmonitor|sshcommand|editor|pager|askpass|gitproxy|alternaterefscommand)|filter\..*\.(?:clean|smudge|process)|diff\.external|diff\..*\.(?:command|textconv)|merge\..*\.driver|alias\..*|credential\..*helper|gpg\..*program|gpg\.program|sequence\.editor|pager\..*|interactive\.difffilter|trailer\..*\.c(?:md|ommand)|hook\..*\.command|(?:diff|merge)tool\..*\.(?:cmd|path)|submodule\..*\.update|remote\..*\.(?:uploadpack|receivepack)|uploadpack\.packobjectshook)$/s

/**
 * True when what lies at `target` would be run or obeyed later by git or by a shell without being asked: well-known names, the
 * folder that `.git/hooks` or `core.hooksPath` leads to, and files that the repository's config includes or runs. `root` is the
 * folder of the repository, `workTree` is it or one of its worktrees: relative settings count in each of them.
 */
export async function runsByItself(
  root: string,
  target: string,
  workTree: string,
): Promise<boolean> {
  const parts = relative(root, target).split(sep).map(plainName)
  if (parts.some((part) => names.has(part) || namePattern.test(part))) return true
  if (parts.some((part, at) => pairs.has(`${part}/${parts[at + 1]}`))) return true
  const named = await namedByRepository(root, workTree)
  return named.some((path) => target === path || target.startsWith(path + sep))
}

interface Known {
  readonly stamp: string
  readonly settings: readonly GitSetting[]
}
const known = new Map<string, Known>()

/** Real paths below the root that the config of the root's repository names. */
async function namedByRepository(root: string, workTree: string): Promise<string[]> {
  const file = join(root, '.git/config')
  const info = await stat(file).catch(() => undefined)
  const bases = new Set([root, workTree])
  const found = new Set<string>()
  const add = async (path: string): Promise<void> => {
    const real = await realpath(path).catch(() => path)
    const below = relative(root, real)
    if (below !== '' && !below.startsWith('..') && !isAbsolute(below)) found.add(real)
  }
  await add(join(root, '.git/hooks'))
  if (info?.isFile()) {
    const stamp = `${info.ino} ${info.size} ${info.mtimeMs} ${info.ctimeMs}`
    const last = known.get(root)
    const settings = last?.stamp === stamp ? last.settings : await readConfigFile(file)
    known.set(root, { stamp, settings })
    for (const { key, value } of settings) {
      if (pathKeys.test(key)) {
        const home = value.startsWith('~/') ? join(homedir(), value.slice(2)) : value
        if (key.startsWith('include')) await add(resolve(root, '.git', home))
        else for (const base of bases) await add(resolve(base, home))
      } else if (commandKeys.test(key))
        for (const word of value.split(/[\s'"`;|&()<>=$]+/).slice(0, 100))
          if (word.length > 1) for (const base of bases) await add(resolve(base, word))
    }
  }
  return [...found]
}
