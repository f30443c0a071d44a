import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

export interface BuildOptions {
  /** The folder of this package. */
  readonly root: string
  readonly outDir: string
}

export interface BuiltFile {
  readonly name: string
  readonly bytes: number
  readonly gzipBytes: number
}

export interface BuiltConsole {
  readonly files: readonly BuiltFile[]
  /** False when the folder had this build already. */
  readonly built: boolean
}

const RECORD = 'build.json'
/** Files below this are not worth a second copy. */
const MIN_GZIP_BYTES = 1024

interface Record {
  readonly sources: string
  readonly files: readonly BuiltFile[]
}

/**
 * Builds the console into a folder: `index.html` and, with a hash of the content in their names, its scripts and its style sheet, each also
 * compressed. A build of the same sources is kept. The folder is replaced at once, so that a gateway never serves half a build.
 */
export async function buildConsole({ root, outDir }: BuildOptions): Promise<BuiltConsole> {
  const sources = await hashOf(root)
  const known = await readRecord(outDir)
  if (known?.sources === sources) return { files: known.files, built: false }
  const stage = `${outDir}.${process.pid}.new`
  try {
    await build({
      root,
      configFile: false,
      logLevel: 'error',
      base: './',
      oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
      build: {
        outDir: stage,
        emptyOutDir: true,
        target: 'es2024',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
      },
    })
    const files = await compress(stage)
    const record: Record = { sources, files }
    await writeFile(join(stage, RECORD), JSON.stringify(record))
    await rm(outDir, { recursive: true, force: true })
    await rename(stage, outDir)
    return { files, built: true }
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
}

/** A hash over the names and contents of everything that the build reads here; the versions of its packages are in the manifest of the workspace. */
async function hashOf(root: string): Promise<string> {
  const hash = createHash('sha256')
  const workspace = join(root, '../../pnpm-lock.yaml')
  const names = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/\/(node_modules|\.types)\//.test(path) && !/\.test\.tsx?$/.test(path))
    .toSorted()
  for (const path of [...names, workspace]) {
    const content = await readFile(path)
    hash.update(`${path.slice(root.length)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

async function readRecord(outDir: string): Promise<Record | undefined> {
  try {
    return JSON.parse(await readFile(join(outDir, RECORD), 'utf8')) as Record
  } catch {
    // There is no build, or it is not whole.
    return undefined
  }
}

async function compress(folder: string): Promise<BuiltFile[]> {
  const assets = join(folder, 'assets')
  await mkdir(assets, { recursive: true })
  const names = (await readdir(assets)).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const content = await readFile(join(assets, name))
      const packed = gzipSync(content, { level: 9 })
      if (content.length >= MIN_GZIP_BYTES) await writeFile(join(assets, `${name}.gz`), packed)
      return { name, bytes: content.length, gzipBytes: packed.length }
    }),
  )
}
