import { isBuiltin } from 'node:module'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OperatorError } from '@alkdev/errors'
import { build as runEsbuild } from 'esbuild'
import type { BuildOptions, Metafile, Plugin } from 'esbuild'
import type { Library } from './library.ts'
import { packageNameOf } from './workspace.ts'
import type { WorkspacePackage } from './workspace.ts'

const SHIMS = fileURLToPath(new URL('shims/older-node.ts', import.meta.url))
const BROWSER_ENTRY = './browser'
/** Lets bundled CommonJS packages load the modules of Node. Put together here, because a bundle of this file has its own place for such an expression. */
const REQUIRE = `import { createRequire as createNodeRequire } from 'node:module'; const require = createNodeRequire(${['import', 'meta', 'url'].join('.')});`
/** Native parts that `ws` uses when they are installed. */
const OPTIONAL = ['bufferutil', 'utf-8-validate']

export interface BundledCode {
  /** Packages outside of the workspace that the code imports. */
  readonly outside: ReadonlySet<string>
  /** Folders of the packages outside of the workspace whose code is inside, by name. */
  readonly bundled: ReadonlyMap<string, string>
}

/** Leaves the packages out of a bundle that are not inside; what a bundled package of npm imports is bundled with it. */
function othersAreExternal(inside: ReadonlySet<string>): Plugin {
  return {
    name: 'others-are-external',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path, kind, importer }) =>
        kind === 'entry-point' ||
        inside.has(packageNameOf(path)) ||
        importer.includes('/node_modules/')
          ? undefined
          : { path, external: true },
      )
    },
  }
}

/**
 * Writes the JavaScript of a library into `outDir`: ES modules for Node 20 and newer, packages of the workspace bundled in, one
 * self-contained file for the entry `./browser`.
 */
export async function bundleCode(
  library: Library,
  own: WorkspacePackage,
  inside: ReadonlySet<string>,
  outDir: string,
): Promise<BundledCode> {
  const code = await bundle(library, own, inside, outDir, !library.selfContained)
  if (library.selfContained !== true) return code
  // Only now it is known which packages are used. All that some file could load, asked for at once, would come with the code of those that none does.
  return bundle(library, own, new Set([...inside, ...code.outside]), outDir, true)
}

async function bundle(
  library: Library,
  own: WorkspacePackage,
  inside: ReadonlySet<string>,
  outDir: string,
  write: boolean,
): Promise<BundledCode> {
  const source = join(own.folder, 'src')
  const entries = Object.entries(own.manifest.exports ?? {})
  const shared = {
    absWorkingDir: own.folder,
    bundle: true,
    format: 'esm' as const,
    outbase: source,
    outdir: outDir,
    metafile: true as const,
    legalComments: 'none' as const,
    logLevel: 'silent' as const,
    define: {
      'Promise.withResolvers': 'promiseWithResolvers',
      'URL.parse': 'urlParse',
      'Object.groupBy': 'objectGroupBy',
      'Map.groupBy': 'mapGroupBy',
    },
    inject: [SHIMS],
    external: OPTIONAL,
    plugins: [othersAreExternal(inside)],
    write,
  } satisfies BuildOptions & { readonly metafile: true }
  const forNode = await runEsbuild({
    ...shared,
    entryPoints: [
      ...entries
        .filter(([path]) => path !== BROWSER_ENTRY)
        .map(([, file]) => ({ in: join(own.folder, file), out: outputOf(file) })),
      // Beside the entries and their shared parts, where `new URL('./x.js', import.meta.url)` looks for it.
      ...(library.workers ?? []).map((file) => ({
        in: join(source, file),
        out: basename(file, '.ts'),
      })),
    ],
    splitting: true,
    platform: 'node',
    target: 'node20',
    ...(library.selfContained === true && { banner: { js: REQUIRE } }),
  })
  const browser = entries.find(([path]) => path === BROWSER_ENTRY)
  if (browser) {
    const forBrowsers = await runEsbuild({
      ...shared,
      entryPoints: [{ in: join(own.folder, browser[1]), out: outputOf(browser[1]) }],
      platform: 'browser',
      target: 'es2022',
    })
    const imported = importsOf(forBrowsers.metafile)
    if (imported.length > 0)
      throw new OperatorError(
        `The browser entry of ${own.manifest.name} imports ${imported.join(', ')}.`,
        'Import from it only what works without Node and without packages.',
      )
  }
  const packages = importsOf(forNode.metafile)
    .filter((path) => !path.startsWith('node:') && !isBuiltin(path) && !OPTIONAL.includes(path))
    .map(packageNameOf)
  return { outside: new Set(packages), bundled: bundledPackages(forNode.metafile, own.folder) }
}

/** The packages of npm that an output holds code of. */
function bundledPackages(metafile: Metafile, workingDir: string): ReadonlyMap<string, string> {
  const packages = new Map<string, string>()
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const at = file.lastIndexOf('node_modules/')
      if (at < 0 || bytesInOutput === 0) continue
      const name = packageNameOf(file.slice(at + 'node_modules/'.length))
      packages.set(name, resolve(workingDir, file.slice(0, at), 'node_modules', name))
    }
  return packages
}

/** `index` for `./src/index.ts`. */
function outputOf(file: string): string {
  return file.replace(/^\.\/src\//, '').replace(/\.tsx?$/, '')
}

function importsOf(metafile: Metafile): string[] {
  return Object.values(metafile.outputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external === true).map(({ path }) => path),
  )
}
