import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { SPOKE_NAME_PATTERN } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'

export const LANGUAGES = ['ts', 'js', 'python'] as const
export type Language = (typeof LANGUAGES)[number]

const templates = new URL('../../templates/spoke/', import.meta.url)
const FILES: Readonly<Record<Language, string>> = {
  ts: 'spoke.ts',
  js: 'spoke.js',
  python: 'spoke.py',
}

export interface SpokeFolderInput {
  /** Absolute; must not exist, or be empty. */
  readonly folder: string
  readonly name: string
  readonly language: Language
  /** The hub's URL. */
  readonly hub: string
  /** The tarball of `@alkdev/spoke`; not needed for Python. */
  readonly tarball: () => Promise<string>
}

/**
 * Writes the folder of a spoke: a program with two operations, a README with its one command, what git ignores, and for JavaScript the
 * library. Resolves with the command that starts it. Throws OperatorError when the folder holds something already.
 */
export async function writeSpokeFolder(input: SpokeFolderInput): Promise<string> {
  const { folder, language } = input
  await refuseUsed(folder)
  await mkdir(folder, { recursive: true })
  const write = async (file: string, template: string): Promise<void> => {
    await writeFile(join(folder, file), fill(await readTemplate(template), input))
  }
  await write(FILES[language], FILES[language])
  await write('.gitignore', 'gitignore')
  if (language === 'python') {
    await write('README.md', 'README.python.md')
    return 'python3 spoke.py'
  }
  await write('README.md', 'README.node.md')
  const tarball = await input.tarball()
  const vendored = join('vendor', basename(tarball))
  await mkdir(join(folder, 'vendor'))
  await copyFile(tarball, join(folder, vendored))
  const manifest = {
    name: input.name,
    private: true,
    type: 'module',
    scripts: {
      prestart: 'npm install --no-audit --no-fund --loglevel=error',
      start: `node ${FILES[language]}`,
    },
    dependencies: { '@alkdev/spoke': `file:${vendored}` },
    engines: { node: language === 'ts' ? '>=22.18' : '>=20' },
  }
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  // Otherwise an older Node fails at the first file, with a stack instead of the version that it needs.
  await writeFile(join(folder, '.npmrc'), 'engine-strict=true\n')
  if (language === 'ts') await write('tsconfig.json', 'tsconfig.json')
  return 'npm start'
}

/** A name for a spoke after a folder: `My Laptop` -> `my-laptop`. */
export function spokeNameFor(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 63)
    .replace(/-+$/, '')
  return new RegExp(SPOKE_NAME_PATTERN).test(name) ? name : 'spoke'
}

/** How a person in `from` names the folder in a command. */
export function shownFolder(folder: string, from: string): string {
  const path = relative(from, folder)
  return path === '' ? '.' : path.startsWith('..') ? folder : path
}

async function refuseUsed(folder: string): Promise<void> {
  const found = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw new OperatorError(
      cause.code === 'ENOTDIR' ? `${folder} is a file.` : `${folder} can't be read.`,
      'Name a folder that does not exist yet.',
      { cause },
    )
  })
  if (found.length > 0)
    throw new OperatorError(
      `${folder} is not empty, and nothing in it is overwritten.`,
      'Name an empty folder, or one that does not exist yet.',
    )
}

function readTemplate(name: string): Promise<string> {
  return readFile(new URL(`${name}.txt`, templates), 'utf8')
}

function fill(text: string, { name, hub, language }: SpokeFolderInput): string {
  return text
    .replaceAll('__NAME__', name)
    .replaceAll('__HUB__', hub.replace(/\/$/, ''))
    .replaceAll('__FILE__', FILES[language])
    .replaceAll('__NODE__', language === 'ts' ? 'Node 22.18' : 'Node 20')
}
