import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deferred } from '@alkdev/std'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface ModuleServer extends AsyncDisposable {
  readonly url: string
  /** What the page gave to `report(value)`. */
  readonly reported: Promise<unknown>
  /** Paths of the modules that the page loaded. */
  readonly loaded: readonly string[]
}

/**
 * Serves one page to a browser: `script` as its module, and the sources of the workspace as modules, stripped of their types and otherwise as
 * they are. `imports` maps package names to paths in the repository.
 */
export async function serveModules(
  script: string,
  imports: Readonly<Record<string, string>>,
): Promise<ModuleServer> {
  const reported = deferred<unknown>()
  const loaded: string[] = []
  const map = Object.fromEntries(Object.entries(imports).map(([name, path]) => [name, `/${path}`]))
  const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports: map })}</script>
<script type="module">
const report = (value) => fetch('/report', { method: 'POST', body: JSON.stringify(value) })
addEventListener('unhandledrejection', (event) => report({ failed: String(event.reason) }))
addEventListener('error', (event) => report({ failed: event.message }))
${script}
</script>`
  const server = createServer((request, response) => {
    const path = normalize(request.url ?? '/')
    const answer = async (): Promise<void> => {
      if (path === '/report') {
        let body = ''
        for await (const chunk of request) body += String(chunk)
        response.end()
        return reported.resolve(JSON.parse(body))
      }
      if (path === '/') {
        response.setHeader('content-type', 'text/html')
        response.end(page)
        return undefined
      }
      const source = await readFile(join(root, path), 'utf8')
      loaded.push(path.slice(1))
      response.setHeader('content-type', 'text/javascript')
      response.end(stripTypeScriptTypes(source))
      return undefined
    }
    answer().catch((error: unknown) => {
      response.statusCode = 404
      response.end(String(error))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    reported: reported.promise,
    loaded,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
