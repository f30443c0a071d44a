import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildSdk } from '@alkdev/sdk'
import type { SdkListing } from '@alkdev/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { builtOnce } from '../built-once.ts'
import { startLocalRegistry } from '../local-registry.ts'
import type { LocalRegistry } from '../local-registry.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')
const MAX_MS = 180_000
/** Node of the workspace, and as it is installed on the machine, which may be older. */
const nodes = [process.execPath, '/usr/bin/node', '/usr/local/bin/node'].filter((node) =>
  existsSync(node),
)
/** Functions that came after Node 20.0, which the packages support. Those that the bundler replaces have another name by then. */
const newer = [
  /\.(?:union|intersection|difference|symmetricDifference|isSubsetOf|isSupersetOf|isDisjointFrom)\(/g,
  /\b(?:Map|Object)\.groupBy\b|\bPromise\.(?:withResolvers|try)\b|\bURL\.parse\b/g,
  /\bArray\.fromAsync\b|\bRegExp\.escape\b|\bIterator\.from\b|\bError\.isError\b/g,
  /\.(?:values|keys|entries)\(\)\.(?:map|filter|take|drop|flatMap|reduce|toArray|some|every|find)\(/g,
  /\bimport\.meta\.(?:dirname|filename)\b|\.(?:toBase64|toHex)\(|\.(?:fromBase64|fromHex)\(/g,
]

let dir: string
let sdk: string
let listing: SdkListing
let registry: LocalRegistry

beforeAll(async () => {
  // The real path: on some systems the temporary folder is a link, and Node resolves links.
  dir = await realpath(await mkdtemp(join(tmpdir(), 'packages-')))
  sdk = await builtOnce('sdk')
  ;({ listing } = await buildSdk({ root, outDir: sdk }))
  registry = await startLocalRegistry()
}, MAX_MS)

afterAll(async () => {
  await registry[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

/** An empty folder into which npm installs tarballs of libraries, and `typescript`'s view of Node. */
async function install(name: string, rooms: readonly string[]): Promise<string> {
  const folder = join(dir, name)
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const tarballs = rooms.map((room) => join(sdk, fileOf(room)))
  await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs], {
    cwd: folder,
    env: {
      ...process.env,
      npm_config_registry: registry.url,
      npm_config_cache: join(dir, 'npm-cache'),
      npm_config_update_notifier: 'false',
    },
  })
  return folder
}

function fileOf(room: string): string {
  const found = listing.libraries.find(({ latest }) => latest === `${room}.tgz`)
  if (!found) throw new Error(`${room} is not built`)
  return found.file
}

interface Manifest {
  readonly name: string
  readonly engines: { readonly node: string }
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
}

async function installedManifest(folder: string, name: string): Promise<Manifest> {
  return JSON.parse(
    await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8'),
  ) as Manifest
}

/** Calls of functions that Node 20 lacks, in the JavaScript of a folder. */
async function newerThanNode20(dist: string): Promise<readonly string[]> {
  const files = await readdir(dist, { recursive: true })
  const texts = files
    .filter((file) => file.endsWith('.js'))
    .map(async (file) => {
      const text = await readFile(join(dist, file), 'utf8')
      return newer.flatMap((pattern) =>
        (text.match(pattern) ?? []).map((call) => `${file}: ${call}`),
      )
    })
  return (await Promise.all(texts)).flat()
}

/** The Nodes of this machine that a package says it runs with. */
async function nodesOf({ engines }: Manifest): Promise<readonly string[]> {
  const [, major, minor = '0'] = /^>=(\d+)(?:\.(\d+))?$/.exec(engines.node) ?? []
  const versions = await Promise.all(
    nodes.map(async (node) => {
      const { stdout } = await run(node, ['--version'])
      const [, hasMajor, hasMinor] = /^v(\d+)\.(\d+)/.exec(stdout) ?? []
      const [by, byMinor] = [Number(hasMajor) - Number(major), Number(hasMinor) - Number(minor)]
      return by > 0 || (by === 0 && byMinor >= 0) ? [node] : []
    }),
  )
  expect(versions.flat()).toContain(process.execPath)
  return versions.flat()
}

interface Example {
  readonly code: string
  readonly output: string
}

/** The whole programs of a README, and what it says that they print. */
async function examplesOf(room: string): Promise<readonly Example[]> {
  const readme = await readFile(join(root, 'libs', room, 'README.md'), 'utf8')
  const blocks = readme.matchAll(/```ts\n([^]*?)```(?:\n\n```text\n([^]*?)```)?/g)
  return [...blocks]
    .map(([, code = '', text]) => ({
      code,
      output: text ?? [...code.matchAll(/\/\/ -> (.*)$/gm)].map(([, line]) => `${line}\n`).join(''),
    }))
    .filter(({ code }) => code.startsWith('import ') && !code.includes('...'))
}

const libraries = [
  { room: 'operations', name: '@alkdev/operations', programs: 1 },
  { room: 'pubsub', name: '@alkdev/pubsub', programs: 1 },
  { room: 'taskgraph', name: '@alkdev/taskgraph', programs: 2 },
  { room: 'flowgraph', with: ['ujsx'], name: '@alkdev/flowgraph', programs: 2 },
  { room: 'ujsx', name: '@alkdev/ujsx', programs: 2 },
  { room: 'keypal', name: 'keypal', programs: 1 },
]

test.each(libraries)(
  '$room installs into an empty folder; every entry loads, and the programs of its README compile and run as printed',
  async ({ room, name, programs, with: others = [] }) => {
    const folder = await install(room, [room, ...others])
    const manifest = await installedManifest(folder, name)
    const specifiers = Object.keys(manifest.exports).map((path) => name + path.slice(1))
    const own = JSON.parse(
      await readFile(join(root, 'libs', room, 'package.json'), 'utf8'),
    ) as Manifest
    expect(Object.keys(manifest.exports)).toEqual(Object.keys(own.exports))
    expect(Object.values(manifest.dependencies).join(' ')).not.toMatch(/workspace:|catalog:|[\^~*]/)
    const script = specifiers.map((each) => `await import('${each}')`).join('\n')
    const supported = await nodesOf(manifest)
    for (const node of supported)
      await run(node, ['--input-type=module', '-e', script], { cwd: folder })
    expect(await newerThanNode20(join(folder, 'node_modules', name, 'dist'))).toEqual([])

    const examples = await examplesOf(room)
    expect(examples.length).toBeGreaterThanOrEqual(programs)
    for (const [index, { code }] of examples.entries())
      await writeFile(join(folder, `readme-${index}.ts`), code)
    await compile(folder)
    for (const node of supported)
      for (const [index, { output }] of examples.entries()) {
        const { stdout } = await run(node, [`readme-${index}.js`], { cwd: folder })
        expect([node, stdout]).toEqual([node, output === '' ? stdout : output])
      }
  },
  MAX_MS,
)

test(
  'the libraries for spokes and clients install without a registry, and the example of a spoke runs with every Node of this machine',
  async () => {
    const folder = await install('spoke', ['spoke', 'client'])
    for (const name of ['@alkdev/spoke', '@alkdev/client']) {
      expect((await installedManifest(folder, name)).dependencies).toEqual({})
      expect(await newerThanNode20(join(folder, 'node_modules', name, 'dist'))).toEqual([])
    }
    for (const node of nodes)
      await run(node, ['--input-type=module', '-e', "await import('@alkdev/client')"], {
        cwd: folder,
      })
    const example = await readFile(join(root, 'libs/spoke/examples/resumable.ts'), 'utf8')
    await writeFile(join(folder, 'resumable.ts'), example)
    // The thread of the sockets is found where the package is installed: without it this would say so first.
    const script = `import { attachSpoke } from '@alkdev/spoke'
      const say = (text) => console.log(text)
      const onReconnecting = (reason) => { say(reason); void spoke.stop() }
      const options = { hub: 'http://127.0.0.1:1', key: 'k', name: 'x', operations: [] }
      const spoke = attachSpoke({ ...options, onReconnecting, onLog: (_level, text) => say(text) })
      await spoke.ended`
    await writeFile(join(folder, 'unreachable.js'), script)
    await compile(folder)
    for (const node of nodes) {
      const resumed = await run(node, ['resumable.js'], { cwd: folder })
      expect([node, resumed.stdout]).toEqual([node, 'attached\ncut off\nattached\nbuilt\n'])
      const unreachable = await run(node, ['unreachable.js'], { cwd: folder })
      expect(unreachable.stdout).toBe('The hub cannot be reached.\n')
    }
  },
  MAX_MS,
)

test('a page can load the browser entries of the spoke and client libraries without a bundler', async () => {
  const folder = await install('browser', ['spoke', 'client'])
  for (const name of ['@alkdev/spoke', '@alkdev/client']) {
    const entry = await readFile(join(folder, 'node_modules', name, 'dist/browser.js'), 'utf8')
    expect(entry).not.toMatch(/^\s*import\s|\bimport\(|\brequire\(/m)
    expect(entry).toMatch(/^export \{/m)
  }
  const { exports } = await installedManifest(folder, '@alkdev/client')
  expect(exports['.']).toMatchObject({ browser: './dist/browser.js' })
})

test(
  'the same sources give the same bytes, and are not built again',
  async () => {
    const again = await buildSdk({ root, outDir: sdk })
    expect(again).toEqual({ listing, built: false })
    const elsewhere = await buildSdk({ root, outDir: join(dir, 'sdk-again') })
    expect(elsewhere).toEqual({ listing, built: true })
  },
  MAX_MS,
)

test.each(['spoke', 'operations', 'pubsub', 'taskgraph', 'flowgraph', 'ujsx', 'keypal'])(
  '`npm pack` in libs/%s fails and names the command that packs it',
  async (room) => {
    await expect(
      run('npm', ['pack', '--dry-run'], { cwd: join(root, 'libs', room) }),
    ).rejects.toMatchObject({
      stderr: expect.stringContaining(`Run ./alkhub pack ${room}`) as string,
    })
  },
)

/** Compiles the programs of a folder, for Node 20, against the installed declarations, checking those as well. */
async function compile(folder: string): Promise<void> {
  const types = join(folder, 'node_modules/@types')
  await mkdir(types, { recursive: true })
  await symlink(await realpath(join(root, 'test/node_modules/@types/node')), join(types, 'node'))
  const config = {
    compilerOptions: {
      module: 'nodenext',
      target: 'es2022',
      lib: ['esnext'],
      types: ['node'],
      strict: true,
    },
    include: ['*.ts'],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  await run(join(root, 'node_modules/.bin/tsc'), ['-p', folder]).catch(
    (error: { readonly stdout?: string }) => {
      throw new Error(`it does not compile:\n${error.stdout ?? ''}`, { cause: error })
    },
  )
}
