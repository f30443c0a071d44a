import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { layers, services } from './law.ts'
import type { WorkspacePackage } from './package-files.ts'

const PAGE = 'docs/architecture/packages.md'
const order = layers.flat()
/** `| 1 | [pubsub](../../libs/pubsub) | what it is | used by |`; the last column may be missing. */
const row = /^\| \S+ \| \[([\w-]+)\]\([^)]*\) \|[^|]*\|(?:([^|]*)\|)?$/

/** Which packages import a package outside of their tests, in the order of the layers: `bus, service, all services`. */
export function usedBy(packages: readonly WorkspacePackage[], name: string): string {
  const users = new Set(
    packages
      .filter(({ manifest }) => manifest.name !== name)
      .filter(({ files }) => files.some(({ test, imports }) => !test && imports.includes(name)))
      .map(({ room }) => room)
      .filter((room) => !['testing', 'test', 'bench'].includes(room)),
  )
  const allServices = [...services].every((service) => users.has(service))
  const listed = order.filter((room) => users.has(room) && !(allServices && services.has(room)))
  if (allServices) listed.push('all services')
  return listed.length === 0 ? 'no other package' : listed.join(', ')
}

/** The page with the right last column. Rows of several packages, and of services and tests, have none. */
export function writtenPage(text: string, packages: readonly WorkspacePackage[]): string {
  const names = new Map(packages.map(({ room, manifest }) => [room, manifest.name]))
  return text
    .split('\n')
    .map((line) => {
      const match = row.exec(line)
      const name = names.get(match?.[1] ?? '')
      if (match === null || name === undefined) return line
      const fixed = match[2] === undefined ? line : line.slice(0, -match[2].length - 1)
      return `${fixed} ${usedBy(packages, name)} |`
    })
    .join('\n')
}

/** Says when the column "used by" of the page is not what the imports say. */
export function checkPackagesPage(root: string, packages: readonly WorkspacePackage[]): string[] {
  const text = readFileSync(join(root, PAGE), 'utf8')
  const unlisted = packages
    .filter(({ folder }) => !text.includes(`](../../${folder})`))
    .map(({ folder }) => `${PAGE}: ${folder} is missing`)
  if (writtenPage(text, packages) === text) return unlisted
  return [...unlisted, `${PAGE}: the column "used by" is wrong: npm run packages-page writes it`]
}

export function writePackagesPage(root: string, packages: readonly WorkspacePackage[]): void {
  const path = join(root, PAGE)
  writeFileSync(path, writtenPage(readFileSync(path, 'utf8'), packages))
}
