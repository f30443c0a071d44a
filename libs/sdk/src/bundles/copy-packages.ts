import { cp, mkdir, readdir, readFile, realpath, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

/** For developers only. */
const LEFT_OUT = /\.(?:map|d\.[cm]?ts)$/

/**
 * Copies packages that a workspace room depends on, and all that they need, from the clone `root` into `to`, where the files of the room find them as in the
 * clone. The packages must be laid out by pnpm.
 */
export async function copyPackages(
  root: string,
  {
    room,
    names,
    to,
  }: { readonly room: string; readonly names: readonly string[]; readonly to: string },
): Promise<void> {
  const store = await realpath(join(root, 'node_modules/.pnpm'))
  const placeOf = async (link: string): Promise<string | undefined> => {
    const inStore = relative(store, await realpath(link))
    return inStore.startsWith('..') ? undefined : inStore.split('/')[0]
  }
  const copied = new Set<string>()
  const copy = async (place: string | undefined): Promise<void> => {
    if (place === undefined || copied.has(place)) return
    copied.add(place)
    const from = join(store, place)
    await cp(from, join(to, 'node_modules/.pnpm', place), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !LEFT_OUT.test(path),
    })
    for (const name of await namesIn(join(from, 'node_modules')))
      await copy(await placeOf(join(from, 'node_modules', name)))
  }
  for (const name of names) {
    const link = join(root, room, 'node_modules', name)
    await copy(await placeOf(link))
    const own = join(to, room, 'node_modules', name)
    await mkdir(dirname(own), { recursive: true })
    const target = join(to, 'node_modules/.pnpm', relative(store, await realpath(link)))
    await symlink(relative(dirname(own), target), own)
  }
}

/** The names of the packages in a folder of packages. */
async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = []
  for (const name of await readdir(folder)) {
    if (name.startsWith('.')) continue
    if (!name.startsWith('@')) names.push(name)
    else for (const one of await readdir(join(folder, name))) names.push(join(name, one))
  }
  return names
}

/** The packages that a room's manifest names as dependencies, by name, and where each is: relative to the clone, with all links followed. */
export async function packagesOf(root: string, room: string): Promise<Map<string, string>> {
  const text = await readFile(join(root, room, 'package.json'), 'utf8')
  const { dependencies = {} } = JSON.parse(text) as {
    readonly dependencies?: Readonly<Record<string, string>>
  }
  const found = new Map<string, string>()
  for (const name of Object.keys(dependencies))
    found.set(
      name,
      relative(await realpath(root), await realpath(join(root, room, 'node_modules', name))),
    )
  return found
}
