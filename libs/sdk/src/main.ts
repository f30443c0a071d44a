import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OperatorError } from '@alkdev/errors'
import { buildSdk } from './build-sdk.ts'

// `node libs/sdk/src/main.ts FOLDER`: for the container image, and for `alkhub up`, which starts it at a low priority.
const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')
try {
  const { listing, built } = await buildSdk({ root, outDir: resolve(process.argv[2] ?? 'sdk') })
  if (built)
    for (const { name, version, file, bytes } of listing.libraries)
      console.log(`${name} ${version}: ${file} (${Math.ceil(bytes / 1024)} KiB)`)
} catch (error) {
  if (!(error instanceof OperatorError)) throw error
  console.error(error.sentences)
  process.exitCode = 1
}
