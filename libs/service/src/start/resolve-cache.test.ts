import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** The URLs of all modules that an import of the storage library loads, sorted. */
async function loaded(before: string): Promise<readonly string[]> {
  const script = `
    import { registerHooks } from 'node:module'
    import { installResolveCache } from './resolve-cache.ts'
    const urls = []
    registerHooks({
      load(url, context, nextLoad) {
        urls.push(url)
        return nextLoad(url, context)
      },
    })
    ${before}
    await import('@alkdev/storage')
    console.log(JSON.stringify(urls.sort()))`
  const args = ['--input-type=module-typescript', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })
  return JSON.parse(stdout) as string[]
}

test('the cache resolves each import as Node does', async () => {
  const [quick, plain] = await Promise.all([loaded('installResolveCache()'), loaded('')])
  expect(quick.filter((url) => url.includes('/drizzle-orm/')).length).toBeGreaterThan(100)
  expect(quick).toEqual(plain)
})
