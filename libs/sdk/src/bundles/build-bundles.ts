import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Plugin } from 'esbuild'
import { bundlesOf, COMPLETE, findBundles, sourceStamp } from './find-bundles.ts'

/** Programs, by the name of their bundle. */
const PROGRAMS: Readonly<Record<string, string>> = {
  gateway: 'services/gateway/src/main.ts',
  'spoke-broker': 'services/spoke-broker/src/main.ts',
  coordinator: 'services/coordinator/src/main.ts',
  'inference-proxy': 'services/inference-proxy/src/main.ts',
  mcp: 'services/mcp/src/main.ts',
  alkhub: 'libs/cli/src/main.ts',
}

/** Loaded by threads, from beside the bundle that starts the thread. */
const THREADS = [
  'services/spoke-broker/src/schemas/schema-worker.ts',
  'libs/spoke/src/thread/socket-worker.ts',
  'libs/dev-spoke/src/dev-operations.ts',
  'libs/dev-spoke/src/isolated/operations-worker.ts',
  'libs/operations/src/adapters/openapi/from-openapi/yaml-worker.ts',
]

/** Loaded from their packages: parts that are not installed everywhere, and tools that no service uses. */
const OUTSIDE = ['bufferutil', 'utf-8-validate', 'vitest', 'pg-native']

const REQUIRE =
  "import { createRequire as createNodeRequire } from 'node:module'; const require = createNodeRequire(import.meta.url);"

/**
 * Bundles the programs of a local stack, with all packages, below `folder`: a process then loads a few files instead of some 1,500. Keeps bundles of the
 * same sources, and deletes those of others. False: they existed already.
 */
export async function buildBundles(root: string, folder: string): Promise<boolean> {
  if (findBundles(root, folder) !== undefined) return false
  const stamp = sourceStamp(root)
  await mkdir(folder, { recursive: true })
  const stage = join(folder, `.stage-${process.pid}`)
  try {
    await build({
      absWorkingDir: root,
      entryPoints: [
        ...Object.entries(PROGRAMS).map(([name, file]) => ({ in: join(root, file), out: name })),
        ...THREADS.map((file) => ({ in: join(root, file), out: basename(file, '.ts') })),
      ],
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      outdir: stage,
      external: OUTSIDE,
      banner: { js: REQUIRE },
      legalComments: 'none',
      logLevel: 'silent',
      plugins: [ownPlaces, outsideEsbuild],
    })
    await writeFile(join(stage, COMPLETE), '')
    // Sources that changed meanwhile have another stamp, under which no start looks for these.
    await rm(bundlesOf(folder, stamp), { recursive: true, force: true })
    await rename(stage, bundlesOf(folder, stamp))
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
  for (const name of await readdir(folder))
    if (name !== stamp) await rm(join(folder, name), { recursive: true, force: true })
  return true
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
