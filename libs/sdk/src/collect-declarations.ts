import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { membersOf, reexportsOf } from './barrel.ts'
import type { Declared } from './barrel.ts'
import { installedAt, packageNameOf, readManifest } from './workspace.ts'
import type { WorkspacePackage } from './workspace.ts'

const NAMED = /^(import|export) (type )?\{([^}]*)\} from (['"])([^'"]+)\4;?/gm
const INLINE = /\bimport\((['"])([^'"]+)\1\)\.(\w+)/g
const OTHER = /(\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)(['"])([^'"]+)\2/gm

export interface CollectInput {
  readonly root: string
  readonly own: WorkspacePackage
  /** The packages of the workspace that are packed with it, by name. */
  readonly inside: ReadonlyMap<string, WorkspacePackage>
  /** Where `emitDeclarations` put them. */
  readonly emitted: string
  /** `dist/types` of the package that is made. */
  readonly outDir: string
  /** Copies the declarations of packages of npm, too. */
  readonly selfContained: boolean
}

export interface CollectedDeclarations {
  /** The declaration file of each entry, relative to `outDir`: `spoke/index.d.ts`. */
  readonly entries: ReadonlyMap<string, string>
  /** Packages outside of the workspace that the declarations import. */
  readonly outside: ReadonlySet<string>
  /** Packages outside of the workspace whose declarations were copied. */
  readonly copied: ReadonlySet<string>
}

/**
 * Copies the declarations that a library's entries reach. Imports of workspace packages become relative ones, straight to the file
 * that declares the name, so that what a library does not use of a package is not copied.
 */
export async function collectDeclarations(input: CollectInput): Promise<CollectedDeclarations> {
  const collector = new Collector(input)
  return collector.run()
}

class Collector {
  readonly #input: CollectInput
  readonly #outside = new Set<string>()
  readonly #copied = new Set<string>()
  readonly #seen = new Set<string>()
  readonly #open: string[] = []
  readonly #barrels = new Map<string, ReadonlyMap<string, Declared>>()
  /** Entry files of copied packages of npm, by import. */
  readonly #vendored = new Map<string, string>()

  constructor(input: CollectInput) {
    this.#input = input
  }

  async run(): Promise<CollectedDeclarations> {
    const { own, outDir } = this.#input
    const entries = new Map(
      Object.entries(own.manifest.exports ?? {}).map(([path, file]) => [
        path,
        this.#reach(join(own.folder, file)),
      ]),
    )
    for (let source = this.#open.pop(); source !== undefined; source = this.#open.pop()) {
      const place = join(outDir, this.#placeOf(source))
      await mkdir(dirname(place), { recursive: true })
      await writeFile(place, await this.#rewrite(source))
    }
    return { entries, outside: this.#outside, copied: this.#copied }
  }

  /** The declaration file of a source. */
  readonly #declarationOf = (source: string): string => {
    if (!isSource(source)) return source
    const { emitted, root } = this.#input
    return join(emitted, relative(root, source).replace(/\.tsx?$/, '.d.ts'))
  }

  /** Where a file goes below `outDir`: `libs/spoke/src/index.ts` -> `spoke/index.d.ts`. */
  #placeOf(source: string): string {
    if (!isSource(source))
      return `vendor${source.slice(source.lastIndexOf('/node_modules/') + '/node_modules'.length)}`
    return relative(this.#input.root, source)
      .replace(/^libs\//, '')
      .replace('/src/', '/')
      .replace(/\.tsx?$/, '.d.ts')
  }

  #reach(source: string): string {
    if (!this.#seen.has(source)) {
      this.#seen.add(source)
      this.#open.push(source)
    }
    return this.#placeOf(source)
  }

  async #rewrite(from: string): Promise<string> {
    let text = await readFile(this.#declarationOf(from), 'utf8')
    // A map of a file that is not packed leads nowhere.
    text = text.replace(/^\/\/# sourceMappingURL=.*$/m, '')
    // Two libraries may each hold a copy of a class: without its brand the copies fit each other by their members, as they do when they
    // run.
    text = text.replaceAll(/^ *#private;\n/gm, '')
    // Users with an older `lib` do not know the types of `using`.
    if (/\b(?:Async)?Disposable\b|\bSymbol\.(?:asyncD|d)ispose\b/.test(text))
      text = `/// <reference lib="esnext.disposable" />\n${text}`
    await this.#prepare(text, from)
    const placed = text
      .replaceAll(NAMED, (whole, verb, type = '', list, _quote, specifier) =>
        this.#named(from, { whole, verb, type, list, specifier }),
      )
      .replaceAll(INLINE, (whole, _quote, specifier: string, name: string) => {
        const declared = this.#declared(specifier, name)
        return declared
          ? `import("${this.#pathTo(declared.source, from)}").${declared.name}`
          : whole
      })
    return placed.replaceAll(OTHER, (whole, head: string, quote: string, specifier: string) => {
      if (specifier.startsWith(PLACED))
        return `${head}${quote}${specifier.slice(PLACED.length)}${quote}`
      const target = this.#sourceOf(specifier, from)
      return target === undefined
        ? whole
        : `${head}${quote}${this.#pathTo(target, from).slice(PLACED.length)}${quote}`
    })
  }

  /** Reads the entries of packages that a file imports, which the replacing below can't wait for. */
  async #prepare(text: string, from: string): Promise<void> {
    for (const [, , , specifier = ''] of text.matchAll(OTHER)) {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) continue
      const target = this.#input.inside.get(packageNameOf(specifier))
      if (target) {
        const entry = this.#entryOf(target, specifier, from)
        if (!this.#barrels.has(specifier))
          this.#barrels.set(specifier, await reexportsOf(entry, this.#declarationOf))
      } else if (this.#input.selfContained && !this.#vendored.has(specifier)) {
        this.#vendored.set(specifier, await this.#findVendored(specifier))
      }
    }
  }

  async #findVendored(specifier: string): Promise<string> {
    const { inside } = this.#input
    const name = packageNameOf(specifier)
    const importer = [...inside.values()].find(({ manifest }) => manifest.dependencies?.[name])
    if (importer) {
      const folder = await installedAt(importer.folder, name)
      const { exports: entries = {} } = (await readManifest(folder)) as unknown as {
        readonly exports?: Readonly<
          Record<string, { readonly import?: { readonly types?: string } } | undefined>
        >
      }
      const types = entries[`.${specifier.slice(name.length)}`]?.import?.types
      if (types !== undefined) return join(folder, types)
    }
    throw new OperatorError(
      `The declarations of ${specifier} cannot be copied into a tarball.`,
      'Keep its types out of the public declarations, or pack the library with its dependencies named.',
    )
  }

  #named(
    from: string,
    statement: {
      readonly whole: string
      readonly verb: string
      readonly type: string
      readonly list: string
      readonly specifier: string
    },
  ): string {
    const { whole, verb, type, list, specifier } = statement
    const members = membersOf(list)
    const declared = members.map(([name]) => this.#declared(specifier, name))
    if (declared.includes(undefined)) return whole
    return members
      .map(([, alias], index) => {
        const { source, name } = declared[index] as Declared
        const member = name === alias ? name : `${name} as ${alias}`
        return `${verb} ${type}{ ${member} } from '${this.#pathTo(source, from)}';`
      })
      .join('\n')
  }

  /** Where a name of a workspace package is declared; undefined for other imports, and for what the entry declares itself. */
  #declared(specifier: string, name: string): Declared | undefined {
    return this.#barrels.get(specifier)?.get(name)
  }

  #sourceOf(specifier: string, from: string): string | undefined {
    if (specifier.startsWith('.'))
      return isSource(from)
        ? join(dirname(from), specifier)
        : join(dirname(from), specifier.replace(/\.([cm]?)js$/, '.d.$1ts'))
    if (specifier.startsWith('node:')) return undefined
    const name = packageNameOf(specifier)
    const target = this.#input.inside.get(name)
    if (target) return this.#entryOf(target, specifier, from)
    const vendored = this.#vendored.get(specifier)
    ;(vendored === undefined ? this.#outside : this.#copied).add(name)
    return vendored
  }

  #entryOf(target: WorkspacePackage, specifier: string, from: string): string {
    const { name, exports: entries = {} } = target.manifest
    const entry = entries[`.${specifier.slice(name.length)}`]
    if (entry === undefined)
      throw new OperatorError(
        `${relative(this.#input.root, from)} imports ${specifier}, which ${name} does not export.`,
        'Add it to the exports of that package.',
      )
    return join(target.folder, entry)
  }

  /** The import of a file in another, marked as done. */
  #pathTo(source: string, from: string): string {
    const path = relative(dirname(this.#placeOf(from)), this.#reach(source)).replace(
      /\.d\.([cm]?)ts$/,
      '.$1js',
    )
    return PLACED + (path.startsWith('.') ? path : `./${path}`)
  }
}

/** Begins a path that is already the one of the packed file. */
const PLACED = '\0'

/** A source of the workspace, as opposed to a declaration of a package of npm. */
function isSource(file: string): boolean {
  return !file.includes('/node_modules/')
}
