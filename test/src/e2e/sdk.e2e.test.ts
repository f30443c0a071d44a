import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { stackPaths } from '@alkdev/cli/stack-paths'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { builtOnce } from '../built-once.ts'
import { codeBlock, documentText, GuideRunner } from '../guide-runner.ts'
import { shellCommands } from '../shell-blocks.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

const MAX_MS = 180_000
const { root } = stackPaths()
let sdk: string
let hub: TestStack

beforeAll(async () => {
  sdk = await builtOnce('sdk')
  hub = await startTestStack({ http: { sdkFolder: sdk } })
}, MAX_MS)
afterAll(() => hub?.[Symbol.asyncDispose]())

/** A reader of the guides whose folder has no packages. */
async function startReader(): Promise<GuideRunner> {
  const runner = await GuideRunner.start(hub)
  await unlink(join(runner.folder, 'node_modules'))
  return runner
}

test(
  'the program of README.md runs as printed in an empty folder into which npm installed the library of the hub',
  async () => {
    await using runner = await startReader()
    const section = /## Offer your own operations\n([^]*?)\n## /.exec(
      documentText('README.md'),
    )?.[1]
    const create = /`(\.\/alkhub keys create my-machine [^`]+)`/.exec(section ?? '')?.[1]
    expect(await runner.run(create ?? 'false')).toMatchObject({ code: 0 })
    for (const line of codeBlock(section ?? '', 'sh')
      .trim()
      .split('\n'))
      expect(await runner.run(line)).toMatchObject({ code: 0, err: '' })
    const program = codeBlock(section ?? '', 'js')
    await writeFile(join(runner.folder, 'spoke.js'), runner.here(program))
    await runner.leave('node spoke.js', 'Attached as my-machine: client.my-machine.greet.hello.')
    const call = /`(\.\/alkhub call client\.my-machine[^`]+)`/.exec(section ?? '')?.[1]
    expect(await runner.run(call ?? 'false')).toMatchObject({
      code: 0,
      out: expect.stringContaining('Hello Ada') as string,
    })
  },
  MAX_MS,
)

const hasWebsockets = spawnSync('python3', ['-c', 'import websockets']).status === 0
const languages = ['ts', 'js', ...(hasWebsockets ? ['python'] : [])]
const skipped = hasWebsockets ? '' : ' (python skipped: there is no python3 with websockets here)'

test.each(languages)(
  `\`spoke init --lang %s\` makes a folder that one command starts; it is called, and it streams with credit${skipped}`,
  async (language) => {
    await using runner = await startReader()
    const name = `init-${language}`
    const made = await runner.run(`./alkhub spoke init ${name} --lang ${language}`)
    expect(made).toMatchObject({ code: 0 })
    const folder = join(runner.folder, name)
    expect((await stat(join(folder, 'spoke.key'))).mode & 0o777).toBe(0o600)
    const tracked = await runner.run(`cd ${name} && git init -q && git add -A && git ls-files`)
    expect(tracked.out).not.toMatch(/key|node_modules/)
    const readme = await readFile(join(folder, 'README.md'), 'utf8')
    const command = codeBlock(readme, 'sh').trim()
    expect(made.out).toContain(`cd ${name} && ${command}`)

    await runner.leave(`cd ${name} && ${command}`, `Attached as ${name}`)
    const called = await runner.run(`./alkhub call client.${name}.greet.hello '{"name":"Ada"}'`)
    expect(called).toMatchObject({ code: 0, out: expect.stringContaining('Hello Ada') as string })
    // More items than the first window: the spoke waits for credit.
    const counted = await runner.run(`./alkhub call client.${name}.greet.count '{"to":300}'`)
    expect(counted.code).toBe(0)
    expect(counted.out.trim().split('\n')).toHaveLength(300)
  },
  MAX_MS,
)

test.each(languages)(
  'a spoke made with --lang %s attaches again after its broker was replaced, and an operator can end it',
  async (language) => {
    await using runner = await startReader()
    const name = `again-${language}`
    await runner.run(`./alkhub spoke init ${name} --lang ${language}`)
    const readme = await readFile(join(runner.folder, name, 'README.md'), 'utf8')
    const log = join(runner.folder, 'log')
    await runner.leave(
      `cd ${name} && (${codeBlock(readme, 'sh').trim()}; echo "ended with $?") 2>&1 | tee ${log}`,
      `Attached as ${name}`,
    )
    await hub.replace('spoke-broker')
    await expect
      .poll(async () => (await readFile(log, 'utf8')).match(/^Attached/gm)?.length, {
        timeout: 30_000,
      })
      .toBe(2)
    expect(
      await runner.run(`./alkhub call client.${name}.greet.hello '{"name":"Ada"}'`),
    ).toMatchObject({
      code: 0,
    })
    expect(await runner.run(`./alkhub spokes disconnect ${name}`)).toMatchObject({ code: 0 })
    await expect
      .poll(() => readFile(log, 'utf8'), { timeout: 30_000 })
      .toMatch(/disconnected[^]*ended with 1/)
  },
  MAX_MS,
)

test('`spoke init` refuses a folder that is in use and a language that it does not know', async () => {
  await using runner = await startReader()
  await mkdir(join(runner.folder, 'used'))
  await writeFile(join(runner.folder, 'used/notes.txt'), 'mine')
  const used = await runner.run('./alkhub spoke init used')
  expect(used.code).toBe(1)
  expect(used.err).toContain('is not empty, and nothing in it is overwritten')
  expect(await readFile(join(runner.folder, 'used/notes.txt'), 'utf8')).toBe('mine')
  const unknown = await runner.run('./alkhub spoke init new --lang pyhton')
  expect(unknown).toMatchObject({ code: 2, out: '' })
  expect(unknown.err).toContain('Did you mean `python`')
  const bad = await runner.run("./alkhub spoke init new --name 'Bad Name'")
  expect(bad.code).toBe(2)
  await rm(join(runner.folder, 'used'), { recursive: true })
})

test('the hub lists its libraries at /sdk/ with their integrity, for programs and for people', async () => {
  const listing = (await (await fetch(`${hub.gateway}/sdk/`)).json()) as {
    libraries: { name: string; file: string; integrity: string }[]
  }
  expect(listing.libraries.map(({ name }) => name)).toContain('@alkdev/spoke')
  const page = await (
    await fetch(`${hub.gateway}/sdk/`, { headers: { accept: 'text/html' } })
  ).text()
  expect(page).toContain(`npm install ${hub.gateway}/sdk/spoke.tgz`)
})

test(
  'the client is installed from the hub, and a program is checked against the types that `alkhub types` writes',
  async () => {
    await using runner = await startReader()
    const readme = await readFile(join(root, 'libs/client/README.md'), 'utf8')
    await writeFile(join(runner.folder, 'package.json'), '{"private":true,"type":"module"}')
    expect(await runner.run(codeBlock(readme, 'sh').trim())).toMatchObject({ code: 0, err: '' })
    const written = await runner.run('./alkhub types --to hub.ts')
    expect(written.err).toBe('')
    expect(written.out).toMatch(/^Wrote the types of \d+ operations into hub\.ts\.$/m)

    await writeFile(join(runner.folder, 'first.js'), runner.here(codeBlock(readme, 'ts')))
    const ran = await runner.run('ALKHUB_KEY=$(cat admin-of-the-test.key) node first.js')
    expect(ran).toMatchObject({ code: 0, err: '', out: '3\naccounts.list\n' })

    const head = `import { Client } from '@alkdev/client'
import type { Operations } from './hub.ts'
const client = new Client<Operations>({ hub: 'http://127.0.0.1:3000', key: '' })
`
    const compile = async (program: string): Promise<string> => {
      await writeFile(join(runner.folder, 'program.ts'), head + program)
      const tsc = join(root, 'node_modules/.bin/tsc')
      const flags =
        '--strict --noEmit --module nodenext --target es2023 --lib es2023,dom --types ""'
      const { out } = await runner.run(
        `'${tsc}' ${flags} --allowImportingTsExtensions program.ts hub.ts`,
      )
      return out
    }
    expect(await compile("void (await client.call('accounts.me')).accountId.length\n")).toBe('')
    expect(await compile("void client.call('accounts.get', { accuontId: 'x' })\n")).toContain(
      'program.ts(4,',
    )
  },
  MAX_MS,
)

test(
  'write-a-spoke.md can be followed to an answer and a stream',
  async () => {
    await using runner = await startReader()
    const outputs: string[] = []
    for (const line of shellCommands(documentText('docs/guides/write-a-spoke.md'))) {
      if (line.endsWith('npm start')) {
        await runner.leave(line, 'Attached as my-spoke')
        continue
      }
      const { code, out } = await runner.run(line)
      expect({ line, code }).toEqual({ line, code: 0 })
      outputs.push(out)
    }
    expect(outputs.at(-2)).toContain('Hello Ada')
    expect(outputs.at(-1)?.trim().split('\n')).toEqual(['1', '2', '3'])
  },
  MAX_MS,
)

test(
  'examples/websearch-spoke is a package of its own that its README installs, tests and starts, with another search service',
  async () => {
    const asked: string[] = []
    const found = [{ title: 'Locks', url: 'https://example.com/locks', content: 'About locks.' }]
    const service = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end(JSON.stringify({ results: found }))
    }).listen(0, '127.0.0.1')
    await once(service, 'listening')
    const { port } = service.address() as AddressInfo
    await using runner = await GuideRunner.start(hub, [['127.0.0.1:8888', `127.0.0.1:${port}`]])
    await unlink(join(runner.folder, 'node_modules'))
    const folder = join(runner.folder, 'examples/websearch-spoke')
    await cp(join(root, 'examples/websearch-spoke'), folder, {
      recursive: true,
      filter: (path) => !/node_modules|vendor|settings\.json$|\.key$/.test(path),
    })
    const settings = join(folder, 'settings.example.json')
    await writeFile(settings, runner.here(await readFile(settings, 'utf8')))
    const outputs: string[] = []
    for (const line of shellCommands(documentText('examples/websearch-spoke/README.md'))) {
      if (line.endsWith(' start')) {
        await runner.leave(line, 'Attached as websearch: client.websearch.web.search.')
        continue
      }
      const { code, out, err } = await runner.run(line)
      expect({ line, code, err }).toEqual({ line, code: 0, err: '' })
      outputs.push(out)
    }
    expect(outputs.at(-2)).toContain('About locks.')
    expect(asked).toEqual(['/search?q=advisory+locks&format=json&pageno=1'])
    expect(outputs.at(-1)).toMatch(/fail 0/)
    expect(await readFile(join(folder, 'package.json'), 'utf8')).toBe(
      documentText('examples/websearch-spoke/package.json'),
    )
    service.closeAllConnections()
    service.close()
  },
  MAX_MS,
)

test(
  'call-operations-from-a-program.md can be followed to the output of its program',
  async () => {
    await using runner = await startReader()
    const guide = documentText('docs/guides/call-operations-from-a-program.md')
    await writeFile(join(runner.folder, 'program.js'), runner.here(codeBlock(guide, 'js')))
    const outputs: string[] = []
    for (const line of shellCommands(guide)) {
      const { code, out, err } = await runner.run(line)
      expect({ line, code, err }).toEqual({ line, code: 0, err: '' })
      outputs.push(out)
    }
    expect(outputs[1]).toContain('projects.list')
    expect(outputs.at(-1)).toMatch(
      /^\d+ projects\nOPERATION_NOT_FOUND: the key has no scope for it\n$/,
    )
  },
  MAX_MS,
)
