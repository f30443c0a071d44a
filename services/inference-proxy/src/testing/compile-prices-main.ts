import { writeFile } from 'node:fs/promises'
import { compileCatalog } from './price-source.ts'

// Writes the catalog again from the installed version of `@pydantic/genai-prices`.
await writeFile(new URL('../prices/catalog.json', import.meta.url), await compileCatalog())
