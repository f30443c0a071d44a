import { CodedError } from '@alkdev/errors'

/** One setting of a git config file; `key` as git lists it: `section.name` or `section.Subsection.name`. */
export interface GitSetting {
  readonly key: string
  readonly value: string
}

/** Settings that tell how content is stored and shown. None of them names a program, a file or an address. */
const kept = new Set([
  ...['core.filemode', 'core.symlinks', 'core.ignorecase', 'core.precomposeunicode', 'core.eol'],
  ...['core.autocrlf', 'core.safecrlf', 'core.trustctime', 'core.checkstat', 'core.abbrev'],
  ...['core.sparsecheckout', 'core.sparsecheckoutcone', 'core.logallrefupdates'],
  ...['extensions.objectformat', 'extensions.refstorage', 'extensions.preciousobjects'],
  ...['user.name', 'user.email', 'i18n.commitencoding', 'i18n.logoutputencoding'],
])
const keptPattern = /^(?:branch\..+\.(?:remote|merge)|remote\..+\.fetch)$/s

/** Extensions that change nothing for one command, and are therefore left out. */
const harmlessExtensions = new Set([
  ...['objectformat', 'refstorage', 'preciousobjects', 'noop', 'noop-v1', 'partialclone'],
  ...['worktreeconfig', 'relativeworktrees'],
])

/** The identity of commits where the repository names none. */
const defaults = `[user]
\tname = alkhub
\temail = alkhub@localhost
`

/** What no repository can turn on, because its own config is not read. */
const fixed = `[core]
\tbare = false
\thooksPath = /dev/null
\tattributesFile = /dev/null
\texcludesFile = /dev/null
\tfsmonitor = false
\tuntrackedCache = keep
\tprotectHFS = true
\tprotectNTFS = true
\tquotePath = true
\tpager = cat
\teditor = false
\tsshCommand = false
\taskPass = false
\tgitProxy = false
[safe]
\tbareRepository = explicit
[protocol]
\tallow = never
[submodule]
\trecurse = false
[fetch]
\trecurseSubmodules = false
[diff]
\tignoreSubmodules = all
\tsubmodule = short
[commit]
\tgpgSign = false
[tag]
\tgpgSign = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
`

/** Reads the output of `git config --list -z`. */
export function parseSettings(text: string): GitSetting[] {
  return text
    .split('\0')
    .filter((record) => record !== '')
    .map((record) => {
      const at = record.indexOf('\n')
      // A name without `=` stands for true.
      return at < 0
        ? { key: record, value: 'true' }
        : { key: record.slice(0, at), value: record.slice(at + 1) }
    })
}

/**
 * The config that git is given instead of the repository's: fixed values, and of the repository's settings those that tell how
 * content is stored. Throws CodedError EXECUTION_ERROR for a format that is not known.
 */
export function ownConfig(settings: readonly GitSetting[]): string {
  const version = last(settings, 'core.repositoryformatversion') ?? '0'
  if (version !== '0' && version !== '1') throw unknownFormat(`version ${version}`)
  for (const { key } of settings) {
    const [section, name = ''] = key.split(/\.(.*)/s)
    if (section === 'extensions' && version === '1' && !harmlessExtensions.has(name))
      throw unknownFormat(`the extension ${name}`)
  }
  const lines = settings
    .filter(({ key }) => kept.has(key) || keptPattern.test(key))
    .filter(({ key }) => version === '1' || !key.startsWith('extensions.'))
    .map(({ key, value }) => settingText(key, value))
  return `${defaults}${lines.join('')}[core]\n\trepositoryformatversion = ${version}\n${fixed}`
}

/** The last value of a setting, which is the one that git takes. */
export function last(settings: readonly GitSetting[], key: string): string | undefined {
  return settings.findLast((setting) => setting.key === key)?.value
}

function settingText(key: string, value: string): string {
  const first = key.indexOf('.')
  const end = key.lastIndexOf('.')
  const section = key.slice(0, first)
  const subsection = first === end ? '' : ` ${quoted(key.slice(first + 1, end))}`
  return `[${section}${subsection}]\n\t${key.slice(end + 1)} = ${quoted(value)}\n`
}

function quoted(text: string): string {
  const escaped = text.replaceAll(/[\\"]/g, String.raw`\$&`)
  return `"${escaped.replaceAll('\n', String.raw`\n`).replaceAll('\t', String.raw`\t`)}"`
}

function unknownFormat(what: string): CodedError {
  return new CodedError(
    'EXECUTION_ERROR',
    `The repository has a format that is not supported here (${what.slice(0, 100)}).`,
  )
}
