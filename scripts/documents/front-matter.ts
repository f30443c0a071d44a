import type { Repository } from './read-repository.ts'

export const FOLDER = 'docs/architecture/'
/**
 * `draft`: describes less than what exists. `stable`: describes what exists. `generated`: a program writes the page, and a test compares it.
 */
const STATUSES = ['draft', 'stable', 'generated']
const DAY_MS = 86_400_000

/** The members of the front matter of a Markdown text; undefined when the text does not begin with one. */
export function frontMatterOf(markdown: string): Map<string, string> | undefined {
  const block = /^---\n([\s\S]*?\n)?---\n/.exec(markdown)
  if (block === null) return undefined
  const lines = (block[1] ?? '').split('\n')
  return new Map(
    lines.flatMap((line) => {
      const [, name, value] = /^([a-z_]+):\s*(.*?)\s*$/.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [[name, value] as const]
    }),
  )
}

/**
 * Every page of docs/architecture whose front matter lacks `status` or `last_updated`, or has a value that is not valid.
 * `now` is the present time in milliseconds: a page can't be updated later than tomorrow (time zones differ). `changed` is the day on which each page was
 * last changed, where that is known: `last_updated` is that day, or the day before it.
 */
export function checkFrontMatter(
  repository: Repository,
  now: number,
  changed: ReadonlyMap<string, string> = new Map(),
): string[] {
  const pages = repository.files.filter((path) => path.startsWith(FOLDER) && path.endsWith('.md'))
  return pages.flatMap((path) => {
    const members = frontMatterOf(repository.read(path) ?? '')
    if (members === undefined)
      return [`${path}: begin with front matter: status and last_updated between two lines \`---\``]
    return [
      ...checkStatus(members.get('status')).map((fault) => `${path}: ${fault}`),
      ...checkDate(members.get('last_updated'), now, changed.get(path)).map(
        (fault) => `${path}: ${fault}`,
      ),
    ]
  })
}

function checkStatus(status: string | undefined): string[] {
  return status !== undefined && STATUSES.includes(status)
    ? []
    : [`status is ${status ?? 'missing'}: use ${STATUSES.join(', ')}`]
}

function checkDate(text: string | undefined, now: number, changed = ''): string[] {
  if (text === undefined) return ['last_updated is missing']
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text)
    return [`last_updated is ${text}: use a date as YYYY-MM-DD`]
  if (time > now + DAY_MS) return [`last_updated is ${text}, which is in the future`]
  return Date.parse(changed) - time > DAY_MS
    ? [`last_updated is ${text}, but the page was changed on ${changed}`]
    : []
}
