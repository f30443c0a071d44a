import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { OperatorError } from '@alkdev/errors'

const run = promisify(execFile)
const MAX_MS = 120_000

/**
 * Writes the declarations of the entries, and of every source file of the workspace that they reach, into `stage/types`, with the paths
 * that the sources have below the root. `entries` are the files by the names under which they are imported
 * (`@alkdev/pubsub/testing`). Nothing is type-checked: that is the job of the check of the repository.
 */
export async function emitDeclarations(
  root: string,
  entries: ReadonlyMap<string, string>,
  stage: string,
): Promise<string> {
  const outDir = join(stage, 'types')
  const project = join(stage, 'tsconfig.json')
  const settings = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      composite: false,
      incremental: false,
      tsBuildInfoFile: null,
      declarationMap: false,
      noCheck: true,
      jsx: 'react-jsx',
      // Found through node_modules they would count as packages of others, for which nothing is emitted.
      paths: Object.fromEntries([...entries].map(([name, file]) => [name, [file]])),
      rootDir: root,
      outDir,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: [],
    files: [...entries.values()],
  }
  await writeFile(project, JSON.stringify(settings))
  const compiler = join(root, 'node_modules/typescript')
  const { bin } = JSON.parse(await readFile(join(compiler, 'package.json'), 'utf8')) as {
    readonly bin: { readonly tsc: string }
  }
  try {
    await run(process.execPath, [join(compiler, bin.tsc), '-p', project], { timeout: MAX_MS })
  } catch (error) {
    const { stdout } = error as { readonly stdout?: string }
    throw new OperatorError(
      `The declarations of the libraries could not be made: ${stdout?.split('\n')[0] ?? 'the compiler failed'}`,
      'Run `npm run types`, which lists what is wrong.',
      { cause: error },
    )
  }
  return outDir
}
