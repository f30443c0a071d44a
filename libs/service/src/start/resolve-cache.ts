import { registerHooks } from 'node:module'
import type { ResolveFnOutput } from 'node:module'

/** A package of pure ES modules whose package.json is so long that it counts. */
const NAME = 'drizzle-orm'
const INSIDE = new RegExp(`/node_modules/${NAME}/(?!.*/node_modules/)`)

/**
 * Makes the start of a process cheaper. Node 24 takes the package.json of a module's package again for every module that it
 * resolves; that of drizzle-orm has 179 KB, and it took half of a service's start. So what that package's modules import from each
 * other is resolved here, and what others import from it once for each importing package. To be called before anything else is
 * imported.
 */
export function installResolveCache(): void {
  const known = new Map<string, ResolveFnOutput>()
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const { parentURL = '' } = context
      if (specifier.startsWith('.') && INSIDE.test(parentURL)) {
        return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true }
      }
      if (!specifier.startsWith(NAME)) return nextResolve(specifier, context)
      const key = `${specifier} ${packageOf(parentURL)}`
      const resolved = known.get(key) ?? nextResolve(specifier, context)
      known.set(key, resolved)
      return { ...resolved, shortCircuit: true }
    },
  })
}

/** What lies below the same `src` imports from the same `node_modules`; elsewhere the same folder does. */
function packageOf(url: string): string {
  const source = url.lastIndexOf('/src/')
  return url.slice(0, source < 0 ? url.lastIndexOf('/') : source)
}
