import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { builtinModules, createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Metafile } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildImage } from './build-image.ts'
import { OUTSIDE } from './bundle-programs.ts'
import { IMAGE_FILES, IMAGE_PROGRAMS } from './programs.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '')
let folder: string
let bundles: Metafile
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alkhub-image-'))
  bundles = await buildImage(root, folder)
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

test('the image has a bundle of each program, and no source of a program', () => {
  const files = readdirSync(join(folder, 'programs'))
  for (const name of Object.keys(IMAGE_PROGRAMS.programs)) expect(files).toContain(`${name}.js`)
  expect(existsSync(join(folder, 'libs'))).toBe(false)
  expect(existsSync(join(folder, 'services/gateway'))).toBe(false)
})

test('the bundles import nothing from outside but modules of Node and packages that may be missing', () => {
  const outside = Object.values(bundles.outputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external === true).map(({ path }) => path),
  )
  const known = new Set([...builtinModules, ...OUTSIDE])
  expect(outside.filter((path) => !path.startsWith('node:') && !known.has(path))).toEqual([])
})

test('the image has every file that the programs look for beside their sources', () => {
  const places = Object.keys(bundles.inputs).filter((input) => {
    if (input.includes('node_modules/') || !input.endsWith('.ts')) return false
    const text = readFileSync(join(root, input), 'utf8')
    return /import\.meta\.(?:url|dirname|filename)/.test(text) && !text.includes("endsWith('.ts')")
  })
  // One more is to be looked at: what it reads belongs to IMAGE_FILES.
  expect(places.toSorted()).toEqual([
    'libs/storage/src/migrations/folder.ts',
    // Folders that the Dockerfile fills.
    'services/gateway/src/routes/console.ts',
    'services/gateway/src/routes/sdk.ts',
    'services/inference-proxy/src/prices/catalog.ts',
    // Packages that an operator names.
    'services/inference-proxy/src/translate/sdk-packages.ts',
  ])
  for (const file of IMAGE_FILES) expect(existsSync(join(folder, file))).toBe(true)
  expect(existsSync(join(folder, 'migrations/meta/_journal.json'))).toBe(true)
})

test('the inference proxy finds the packages of the AI SDK that its manifest names, and what they need', async () => {
  const asProxy = createRequire(
    join(folder, 'services/inference-proxy/src/translate/sdk-packages.ts'),
  )
  const file = asProxy.resolve('@ai-sdk/openai-compatible')
  expect(file.startsWith(folder)).toBe(true)
  expect(await import(pathToFileURL(file).href)).toHaveProperty('createOpenAICompatible')
})
