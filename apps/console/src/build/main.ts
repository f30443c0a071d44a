import { fileURLToPath } from 'node:url'
import { resolve } from 'node:path'
import { buildConsole } from './build-console.ts'

// `node apps/console/src/build/main.ts FOLDER`: for the container image, and for `alkhub up`, which starts it when the sources have changed.
const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const { files, built } = await buildConsole({ root, outDir: resolve(process.argv[2] ?? 'console') })
if (built)
  for (const { name, bytes, gzipBytes } of files)
    console.log(`${name} ${bytes} bytes, ${gzipBytes} compressed`)
