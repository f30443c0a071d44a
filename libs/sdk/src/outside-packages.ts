import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { installedAt, readManifest } from './workspace.ts'
import type { WorkspacePackage } from './workspace.ts'

/**
 * The exact installed versions of the named packages, as the packages of the workspace that import them see them: `8.23.0`, or
 * `npm:@sinclair/typebox@0.34.52` for one that is imported under another name.
 */
export async function exactVersions(
  names: Iterable<string>,
  inside: ReadonlyMap<string, WorkspacePackage>,
): Promise<Readonly<Record<string, string>>> {
  const entries = [...new Set(names)].toSorted().map(async (name) => {
    const importer = [...inside.values()].find(
      ({ manifest }) =>
        manifest.dependencies?.[name] !== undefined ||
        manifest.optionalDependencies?.[name] !== undefined,
    )
    if (!importer)
      throw new OperatorError(
        `${name} is imported by a packed library, and none of its packages has it as a dependency.`,
        'Declare it in the package.json of the package that imports it.',
      )
    const installed = await readManifest(await installedAt(importer.folder, name))
    const { version } = installed
    return [name, installed.name === name ? version : `npm:${installed.name}@${version}`] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** The names, versions and licences of packages whose code is part of a tarball, as their licences ask for. */
export async function thirdPartyNotices(packages: ReadonlyMap<string, string>): Promise<string> {
  const parts = await Promise.all(
    [...packages]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(async ([name, folder]) => {
        const { version, license = 'see below' } = await readManifest(folder)
        const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each))
        const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8')
        return `${name} ${version} (${license})\n\n${text.trim()}\n`
      }),
  )
  return `This package contains code of the following packages.\n\n${parts.join('\n---\n\n')}`
}
