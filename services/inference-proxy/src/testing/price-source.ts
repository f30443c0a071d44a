import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { findProvider } from '@pydantic/genai-prices'
import { must } from '@alkdev/std'
import { compileProviders } from '../prices/compile.ts'
import type { SourceProvider } from '../prices/compile.ts'

/** The text of `catalog.json`, from the installed version of `@pydantic/genai-prices`: the same version gives the same text. */
export async function compileCatalog(): Promise<string> {
  const main = fileURLToPath(import.meta.resolve('@pydantic/genai-prices'))
  const manifest = JSON.parse(
    await readFile(new URL('../package.json', `file://${main}`), 'utf8'),
  ) as { version: string }
  // The package finds a provider by its id, and lists none.
  const ids = [...(await readFile(main, 'utf8')).matchAll(/^ {4}id: "([^"]+)",$/gm)]
  const source = ids.map(([, id = '']) => must(findProvider({ providerId: id })) as SourceProvider)
  const providers = compileProviders(source)
  const lines = providers.map((provider) => {
    const { models, ...rest } = provider
    const head = JSON.stringify(rest).slice(0, -1)
    return `${head},"models":[\n${models.map((model) => JSON.stringify(model)).join(',\n')}\n]}`
  })
  return `{"version":"genai-prices-${manifest.version}","providers":[\n${lines.join(',\n')}\n]}\n`
}
