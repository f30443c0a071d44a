import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { OperatorError } from '@alkdev/errors'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SdkPackages } from './sdk-packages.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alkhub-packages-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The URL of a package with this text. */
async function fileOf(name: string, text: string): Promise<string> {
  const path = join(folder, `${name}.mjs`)
  await writeFile(path, text)
  return pathToFileURL(path).href
}

const settings = { apiKey: 'k', baseURL: 'http://acme.test/v1', fetch }
async function loaded(named: Readonly<Record<string, string>>): Promise<SdkPackages> {
  const packages = new SdkPackages()
  await packages.load(named)
  return packages
}
const made = (version: string): string =>
  `({ languageModel: (modelId) => ({ specificationVersion: '${version}', modelId }) })`

test('a package of the AI SDK that is installed gives models', async () => {
  const packages = await loaded({ compat: '@ai-sdk/openai-compatible' })
  const model = packages.model('compat', 'm', { ...settings, name: 'acme' })
  expect(model).toMatchObject({ specificationVersion: 'v4', modelId: 'm' })
})

test('a file is a package, and one name for a function under two exports is enough', async () => {
  const place = await fileOf(
    'two',
    `export const createA = () => ${made('v4')}; export { createA as createB }`,
  )
  const packages = await loaded({ mine: place })
  expect(packages.model('mine', 'm', settings)).toMatchObject({ modelId: 'm' })
})

test('a package that is missing, or makes no provider, ends the start with what to do', async () => {
  const several = await fileOf('several', 'export const createA = () => 1, createB = () => 2')
  const none = await fileOf('none', 'export const createA = 1')
  const refused = async (place: string): Promise<unknown> =>
    loaded({ mine: place }).then(
      () => undefined,
      (error: unknown) => error,
    )
  const missing = (await refused('@example/not-installed')) as OperatorError
  expect(missing).toBeInstanceOf(OperatorError)
  expect(missing.sentences).toBe(
    'The package @example/not-installed cannot be loaded. Install it where the inference proxy finds it, or change inference.packages.mine.',
  )
  expect(((await refused(several)) as OperatorError).message).toContain('several functions')
  expect(((await refused(none)) as OperatorError).message).toContain('no function')
  expect(await refused(`${several}#createA`)).toBeUndefined()
  expect(await refused(`${several}#createC`)).toBeInstanceOf(OperatorError)
})

test('a provider whose package is not there, fails, or is for another version of the AI SDK is unavailable', async () => {
  const packages = await loaded({
    old: await fileOf('old', `export const createOld = () => ${made('v2')}`),
    failing: await fileOf(
      'failing',
      `export const createIt = () => { throw new Error('no region') }`,
    ),
  })
  const modelOf = (name: string) => () => packages.model(name, 'm', settings)
  expect(modelOf('absent')).toThrow('inference.packages does not name')
  expect(modelOf('old')).toThrow('the version of the AI SDK')
  expect(modelOf('failing')).toThrow('no region')
  expect(modelOf('absent')).toThrow(
    expect.objectContaining({ code: 'UNAVAILABLE', httpStatus: 503 }),
  )
})
