import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildBundles } from './build-bundles.ts'

// `node libs/sdk/src/bundles/main.ts FOLDER`: for `alkhub up`, which starts it at a low priority, for its next start.
const root = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '')
const from = performance.now()
if (await buildBundles(root, resolve(process.argv[2] ?? '.alkhub/bundles')))
  console.log(`the services were bundled in ${Math.round(performance.now() - from)} ms`)
