import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { isGroup } from './command.ts'
import { commands, groups } from './commands/table.ts'
import { run } from './testing/memory-io.ts'

test('the overview names every command, and no command at all is a failure', async () => {
  const { code, out } = await run([])
  expect(code).toBe(2)
  for (const name of Object.keys(commands)) expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'))
  expect((await run(['--help'])).code).toBe(0)
})

test('every command and sub-command loads and explains itself', { timeout: 60_000 }, async () => {
  for (const [name, entry] of Object.entries(commands)) {
    const command = await entry.load()
    const subs = isGroup(command) ? Object.keys(command.subcommands) : []
    for (const words of [[name], ...subs.map((sub) => [name, sub])]) {
      const { code, out, err } = await run([...words, '--help'])
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).toMatch(new RegExp(`^alkhub ${words.join(' ')}`))
    }
  }
})

test.skipIf(!existsSync('/dev/full'))(
  'an output that a full disk does not take is a failure, in a sentence',
  () => {
    const main = fileURLToPath(new URL('main.ts', import.meta.url))
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', '"$0" "$1" --help > /dev/full', process.execPath, main],
      { encoding: 'utf8' },
    )
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(
        /^alkhub: The output is not complete, standard output can't be written: its disk is full \(ENOSPC\)\. .*\n$/,
      ),
    })
  },
)

test('what is no command, sub-command or option is one sentence with its fix', async () => {
  expect(await run(['nope'])).toEqual({
    code: 2,
    out: '',
    err: 'alkhub: There is no command `nope`. Run `alkhub --help` for the list.\n',
  })
  expect((await run(['opps'])).err).toContain('Did you mean `ops`?')
  expect((await run(['keys', 'lst'])).err).toContain('Did you mean `list`?')
  expect((await run(['keys', 'list', '--al'])).err).toContain('Did you mean `--all`?')
  expect((await run(['keys', 'constructor'])).err).toBe(
    'alkhub: There is no command `keys constructor`. Run `alkhub keys --help` for the list.\n',
  )
  expect((await run(['keys', 'list', '--nope'])).err).toMatch(
    /^alkhub: Unknown option '--nope'. Run `alkhub keys list --help` for its usage.\n$/,
  )
  expect((await run(['keys', 'revoke', 'a', 'b'])).err).toContain('`b` is one argument too many.')
})

test('`help` in front of a command shows the help of the command', async () => {
  expect(await run(['help', 'keys', 'create'])).toEqual(await run(['keys', 'create', '--help']))
  expect(await run(['help', 'keys'])).toEqual(await run(['keys', '--help']))
  expect((await run(['help', 'nope'])).err).toContain('There is no command `nope`.')
})

test('a word of other programs is answered with the command that does it', async () => {
  const env = { ALKHUB_STARTED_AS: './alkhub' }
  expect((await run(['start'], { env })).err).toContain('Did you mean `./alkhub up`?')
  expect((await run(['models'])).err).toContain('Did you mean `alkhub call inference.models`?')
})

test.each([
  ['./alkhub', '`./alkhub --help`'],
  ['../hub/alkhub', '`../hub/alkhub --help`'],
  ['/srv/hub/alkhub', '`/srv/hub/alkhub --help`'],
  ['', '`alkhub --help`'],
  ['./a b', '`alkhub --help`'],
])('started as %s, an error recommends %s', async (startedAs, command) => {
  const env = { ALKHUB_STARTED_AS: startedAs }
  expect((await run(['nope'], { env })).err).toContain(command)
  expect((await run(['nope', '--json'], { env })).out).toContain(command)
})

test('a word of another group for the same action is answered with the command of this group', async () => {
  expect((await run(['clients', 'remove', 'x'])).err).toContain('Did you mean `delete`?')
  expect((await run(['budgets', 'delete', 'x'])).err).toContain('Did you mean `remove`?')
  expect((await run(['accounts', 'delete', 'x'])).err).toContain('Did you mean `deactivate`?')
  expect((await run(['workflows', 'cancel', 'x'])).err).toContain('Did you mean `abort`?')
  expect((await run(['keys', 'show', 'x'])).err).not.toContain('undefined')
})

test('a value that begins with a dash is answered with the way to write it', async () => {
  expect((await run(['budgets', 'set', '--cost', '-3'])).err).toBe(
    'alkhub: --cost needs a value. Write one that begins with a dash as --cost=-VALUE. Run `alkhub budgets set --help` for its usage.\n',
  )
})

test('a JSON file that cannot be used is named in the error', async () => {
  expect((await run(['workflows', 'validate', 'missing.json'])).err).toContain(
    "missing.json can't be read. Give the name of a file that exists.",
  )
  const file = fileURLToPath(import.meta.url)
  expect((await run(['workflows', 'validate', file])).err).toContain(
    `${file} is not valid JSON: Unexpected token`,
  )
})

test('a missing argument is asked for', async () => {
  expect((await run(['keys', 'revoke'])).err).toBe(
    'alkhub: Which key? Its id is shown by `alkhub keys list`.\n',
  )
  expect((await run(['spokes', 'get'])).err).toContain('Which spoke?')
  expect((await run(['config', 'set'])).err).toContain('Which setting?')
})

test('with --json a failure is one JSON object on standard output, and nothing on standard error', async () => {
  const { code, out, err } = await run(['keys', 'create', 'x', '--json'])
  expect({ code, err }).toEqual({ code: 2, err: '' })
  expect(JSON.parse(out)).toEqual({
    error: {
      code: 'USAGE',
      message: 'A key without a scope can do nothing.',
      fix: 'Say what it may do with --scope, for instance --scope tasks:read.',
    },
  })
})

test('--version prints the version, the commit, the schema level and Node', async () => {
  const { code, out } = await run(['--version'])
  expect(code).toBe(0)
  expect(out).toMatch(/^alkhub \d+\.\d+\.\d+.*, schema level \d+, Node v\d+/)
  expect(JSON.parse((await run(['version', '--json'])).out)).toMatchObject({
    node: process.version,
    schemaLevel: expect.any(Number),
  })
})

test('completion knows commands, sub-commands and options, and there is a script for each shell', async () => {
  expect((await run(['__complete', 'spo'])).out).toBe('spoke\nspokes\n')
  expect((await run(['__complete', 'spokes', 'l'])).out).toBe('list\n')
  expect((await run(['__complete', 'call', 'x', '--time'])).out).toBe('--timeout-ms\n')
  expect((await run(['__complete', 'nope', ''])).out).toBe('')
  for (const shell of ['bash', 'zsh', 'fish'])
    expect((await run(['completion', shell])).out).toContain('__complete')
  expect(await run(['completion', 'tcsh'])).toMatchObject({ code: 2 })
})

test('the overview groups the commands and fits into 80 columns', async () => {
  const { out } = await run(['--help'])
  expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
  for (const title of Object.values(groups)) expect(out).toMatch(new RegExp(`^${title}\n  `, 'm'))
})
