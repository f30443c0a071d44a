import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Metafile, Plugin } from 'esbuild'
import type { BundledPrograms } from './programs.ts'

/** Loaded from their packages: parts that are not installed everywhere, and tools that no service uses. */
export const OUTSIDE = [
  'bufferutil',
  'utf-8-validate',
  'vitest',
  'pg-native',
  '@valkey/valkey-glide',
]

const REQUIRE =
  "import { createRequire as createNodeRequire } from 'node:module'; const require = createNodeRequire(import.meta.url);"

/**
 * Bundles programs of the clone `root` with all packages into `folder`. A file of a bundle keeps the place of its source in `import.meta`. Returns what esbuild
 * says of inputs and outputs.
 */
export async function bundlePrograms(
  root: string,
  folder: string,
  { programs, threads }: BundledPrograms,
): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [
      ...Object.entries(programs).map(([name, file]) => ({ in: join(root, file), out: name })),
      ...threads.map((file) => ({ in: join(root, file), out: basename(file, '.ts') })),
    ],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    outdir: folder,
    external: OUTSIDE,
    banner: { js: REQUIRE },
    legalComments: 'none',
    logLevel: 'silent',
    metafile: true,
    plugins: [ownPlaces, outsideEsbuild, missingPackages],
  })
  // Node would else read each file twice to find out what it is.
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n')
  return metafile
}

/** A program of its own beside its code: loaded from where this library has it, which a bundle elsewhere would not find. */
const outsideEsbuild: Plugin = {
  name: 'outside-esbuild',
  setup(builder) {
    builder.onResolve({ filter: /^esbuild$/ }, () => ({
      path: pathToFileURL(createRequire(import.meta.url).resolve('esbuild')).href,
      external: true,
    }))
  },
}

/** Packages that code imports at run time only if they are there, such as optional ones, and that are not. */
const missingPackages: Plugin = {
  name: 'missing-packages',
  setup(builder) {
    const asked = Symbol('asked')
    builder.onResolve(
      { filter: /^[^./]/ },
      async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind !== 'dynamic-import' || pluginData === asked) return undefined
        const given = { kind, importer, resolveDir, pluginData: asked }
        const found = await builder.resolve(path, given)
        return found.errors.length === 0 ? found : { path, external: true }
      },
    )
  },
}

/** Gives the code of each file the place of that file, where it looks for other files, except for its threads. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup(builder) {
    builder.onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      if (text.includes("import.meta.url.endsWith('.ts')")) return undefined
      const places: string[] = []
      const names = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path }
      let contents = text
      for (const [name, value] of Object.entries(names)) {
        if (!text.includes(`import.meta.${name}`)) continue
        contents = contents.replaceAll(`import.meta.${name}`, `importMeta_${name}`)
        places.push(`const importMeta_${name} = ${JSON.stringify(value)};`)
      }
      for (const name of ['dirname', 'filename'] as const)
        if (new RegExp(`\\b__${name}\\b`).test(text) && path.includes('/node_modules/'))
          places.push(`var __${name} = ${JSON.stringify(names[name])};`)
      if (places.length === 0) return undefined
      return {
        contents: places.join(' ') + contents,
        loader: /\.[cm]?ts$/.test(path) ? 'ts' : 'js',
      }
    })
  },
}
