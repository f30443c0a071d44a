import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import { OperatorError } from '@alkdev/errors'
import { UpstreamError } from '../relay/upstream-error.ts'

/** What every package of the AI SDK takes to make a provider. */
interface SdkSettings {
  /** Undefined: that of the package. */
  readonly name?: string
  readonly apiKey: string
  readonly baseURL: string
  readonly fetch: typeof globalThis.fetch
}

type MakeProvider = (settings: SdkSettings) => {
  languageModel?(model: string): Pick<LanguageModelV4, 'specificationVersion'>
}

/** The packages of the AI SDK that the operator installed for providers with formats of their own. */
export class SdkPackages {
  readonly #makers = new Map<string, MakeProvider>()

  /** Loads packages by their names or files (`inference.packages`). Throws OperatorError for one that is missing, or makes no provider. */
  async load(packages: Readonly<Record<string, string>>): Promise<void> {
    const loading = Object.entries(packages).map(async ([name, place]) => {
      this.#makers.set(name, await makerOf(name, place))
    })
    await Promise.all(loading)
  }

  /**
   * A model of the package of this name. Throws UpstreamError: UNAVAILABLE for a package that is not there, or is for another version of the
   * AI SDK.
   */
  model(name: string, model: string, settings: SdkSettings): LanguageModelV4 {
    const make = this.#makers.get(name)
    if (make === undefined)
      throw unusable(`needs the package ${name}, which inference.packages does not name`)
    let made: Pick<LanguageModelV4, 'specificationVersion'> | undefined
    try {
      made = make(settings).languageModel?.(model)
    } catch (error) {
      throw unusable(`cannot be asked through the package ${name}: ${(error as Error).message}`)
    }
    if (made?.specificationVersion !== 'v4')
      throw unusable(`needs a package ${name} for the version of the AI SDK that the hub uses (v4)`)
    return made as LanguageModelV4
  }
}

function unusable(why: string): UpstreamError {
  return new UpstreamError('UNAVAILABLE', `The provider ${why}.`, {
    status: 503,
    next: 'target',
    isLocal: true,
  })
}

const besideThisFile = createRequire(import.meta.url)

/** A package is looked for from this source file: a proxy that runs from a bundle is elsewhere. */
function addressOf(module: string): string {
  if (module.startsWith('file:')) return module
  try {
    return pathToFileURL(besideThisFile.resolve(module)).href
  } catch {
    // One that only `import` finds.
    return module
  }
}

async function makerOf(name: string, place: string): Promise<MakeProvider> {
  const [module = '', wanted] = place.split('#', 2)
  const fix = `Install it where the inference proxy finds it, or change inference.packages.${name}.`
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = (await import(addressOf(module))) as Readonly<Record<string, unknown>>
  } catch (cause) {
    throw new OperatorError(`The package ${module} cannot be loaded.`, fix, { cause })
  }
  const named = Object.entries(exported).filter(([key]) =>
    wanted === undefined ? /^create[A-Z]/.test(key) : key === wanted,
  )
  const makers = new Set(named.map(([, value]) => value).filter((one) => typeof one === 'function'))
  const [make] = makers
  if (make === undefined || makers.size > 1)
    throw new OperatorError(
      `The package ${module} exports ${make === undefined ? 'no function' : 'several functions'} to make a provider.`,
      `Name one behind its name in inference.packages.${name}: ${module}#createX.`,
    )
  return make as MakeProvider
}
