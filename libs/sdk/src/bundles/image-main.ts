import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildImage } from './build-image.ts'

// `node libs/sdk/src/bundles/image-main.ts FOLDER`: for the container image.
const root = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '')
const [, , folder = ''] = process.argv
if (folder === '') throw new Error('The argument is the folder to write.')
await buildImage(root, resolve(folder))
